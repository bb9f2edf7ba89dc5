import type { Day } from '../lib/day';
import { type Filter, textFilters, wireFilters } from '../lib/filter';
import { daysOf } from '../lib/range';
import { answer, client } from './client';
import { type Population, populationBody } from './scans';
import type { Annotation, Funnel } from './words';

/** Filters that people of the workspace gave a name. */
export interface SavedFilter {
  id: string;
  name: string;
  filters: Filter[];
}

export async function savedFilters(): Promise<SavedFilter[]> {
  const { savedFilters: all } = await answer(client.GET('/v1/x/saved-filters'));
  return all.map(({ id, name, filters }) => ({ id, name, filters: textFilters(filters) }));
}

export async function saveFilters(name: string, filters: readonly Filter[]): Promise<void> {
  await answer(client.POST('/v1/x/saved-filters', { body: { name, filters: wireFilters(filters) } }));
}

export async function forgetFilters(id: string): Promise<void> {
  await answer(client.DELETE('/v1/x/saved-filters/{id}', { params: { path: { id } } }));
}

/** How far the scans of a link come, step by step. */
export function getFunnel(of: Population, today: Day): Promise<Funnel> {
  const body = { ...populationBody(of, today), xBy: 'step' };
  return answer(client.POST('/v1/analytics/funnel', { body }));
}

/** What happened in the days of a population. */
export async function annotations(of: Population, today: Day): Promise<Annotation[]> {
  const { first, last } = daysOf(of.range, today);
  const query = {
    ...(of.link === null ? {} : { linkId: of.link }),
    ...(first === undefined ? {} : { startDate: first }),
    ...(last === today ? {} : { endDate: last }),
  };
  return (await answer(client.GET('/v1/x/annotations', { params: { query } }))).annotations;
}

export async function annotate(text: string, at: Day, link: string | null): Promise<void> {
  const body = { text, at, ...(link === null ? {} : { linkId: link }) };
  await answer(client.POST('/v1/x/annotations', { body }));
}

export async function removeAnnotation(id: string): Promise<void> {
  await answer(client.DELETE('/v1/x/annotations/{id}', { params: { path: { id } } }));
}
