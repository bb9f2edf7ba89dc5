import { call } from './client';
import type { ExportRequest } from './words';

// Visitors who gave something of themselves: the leads room reads and changes them here.

/** A value somebody gave, with the type it was given as. */
export interface VisitorAttribute {
  key: string;
  value: string;
  type: string;
}

export interface VisitorLink {
  id: string;
  name?: string;
  shortlink?: string;
  eventCount?: number;
  firstVisitedAt?: string;
  lastVisitedAt?: string;
}

export interface Visitor {
  id: string;
  email?: string | null;
  phone?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  attributes?: VisitorAttribute[];
  visitCount?: number;
  createdAt?: string;
  updatedAt?: string;
  xFirstScanAt?: string | null;
  xLastScanAt?: string | null;
  links?: VisitorLink[];
}

/** One condition a visitor must meet; `operator` without the wire's long prefix. */
export interface AttributeFilter {
  key: string;
  operator: string;
  value: string;
}

export interface VisitorQuery {
  search: string;
  filters: readonly AttributeFilter[];
  sort: 'created' | 'scans';
  ascending: boolean;
}

export interface VisitorPage {
  visitors: Visitor[];
  total: number;
  /** Names the page after this one; absent on the last. */
  next: string | undefined;
}

export interface AttributeKey {
  key: string;
  type: string;
}

export type TimelineKind = 'scan' | 'answered' | 'attribute' | 'consent' | 'merge' | 'claim';

export interface TimelineItem {
  at: string;
  kind: TimelineKind;
  text: string;
  linkId?: string | null;
  linkName?: string | null;
  eventId?: string | null;
  data?: Record<string, unknown> | null;
}

const PAGE = 50;
const OPERATOR = 'VISITOR_ATTRIBUTE_FILTER_OPERATOR_';
const SORT_FIELDS = { created: 'VISITOR_SORT_FIELD_CREATED_AT', scans: 'VISITOR_SORT_FIELD_VISIT_COUNT' };

interface Listed {
  json?: { visitors: Visitor[]; nextPageToken?: string; totalCount?: number };
  nextPageToken?: string;
}

function searchBody(of: VisitorQuery, pageToken: string | undefined) {
  return {
    sortField: SORT_FIELDS[of.sort],
    sortDirection: of.ascending ? 'SORT_DIRECTION_ASC' : 'SORT_DIRECTION_DESC',
    ...(of.search ? { search: of.search } : {}),
    attributeFilters: of.filters.map(({ key, operator, value }) => ({
      key,
      operator: `${OPERATOR}${operator}`,
      value,
    })),
    ...(pageToken === undefined ? {} : { pageToken }),
  };
}

export async function searchVisitors(of: VisitorQuery, pageToken?: string): Promise<VisitorPage> {
  const body = { ...searchBody(of, pageToken), pageSize: PAGE };
  const { json } = await call<Listed>('post', '/v1/visitors/search', { body });
  return {
    visitors: json?.visitors ?? [],
    total: json?.totalCount ?? json?.visitors.length ?? 0,
    next: json?.nextPageToken || undefined,
  };
}

/** The same visitors, all of them, in the words of an export; fields that are left out have their defaults. */
export const visitorsWanted = (of: VisitorQuery) => searchBody(of, undefined) as ExportRequest['visitors'];

export function getVisitor(id: string): Promise<Visitor> {
  return call('get', '/v1/visitors/{id}', { path: { id }, query: { include: ['links'] } });
}

export async function visitorTimeline(id: string): Promise<TimelineItem[]> {
  type Answer = { items: TimelineItem[] };
  return (await call<Answer>('get', '/v1/x/visitors/{id}/timeline', { path: { id } })).items;
}

/** Writes attributes; the reserved ones begin with `$`. */
export function changeVisitor(id: string, data: Record<string, unknown>): Promise<Visitor> {
  return call('patch', '/v1/visitors/{id}', { path: { id }, body: { visitor: { data } } });
}

export async function deleteAttribute(id: string, key: string): Promise<void> {
  await call('delete', '/v1/visitors/{id}/attributes/{attributeKey}', { path: { id, attributeKey: key } });
}

/** Erases the person: profile, answers and consents. Scans stay as counts. */
export async function eraseVisitor(id: string): Promise<void> {
  await call('delete', '/v1/visitors/{id}', { path: { id } });
}

/** Profiles that were merged into this one and can be taken out again. */
export async function undoableMerges(id: string): Promise<string[]> {
  type Answer = { merges: { visitorId: string }[] };
  const { merges } = await call<Answer>('get', '/v1/x/visitors/{id}/merges', { path: { id } });
  return merges.map(({ visitorId }) => visitorId);
}

/** Takes a profile out of the one it was merged into. */
export async function undoMerge(mergedId: string): Promise<void> {
  await call('post', '/v1/x/visitors/{id}/unmerge', { path: { id: mergedId } });
}

export async function attributeKeys(): Promise<AttributeKey[]> {
  return (await call<{ attributes: AttributeKey[] }>('get', '/v1/visitors/attributes')).attributes;
}
