import { call } from './client';

// Erasing, how long things are kept, and consents: the privacy room, and what a visitor's and a scan's page offer.

/** What is to be erased. */
export interface Erasing {
  subject: 'visitor' | 'scan' | 'link' | 'range' | 'workspace';
  visitor?: string;
  scan?: string;
  linkId?: string;
  startDate?: string;
  endDate?: string;
  scans?: 'keep' | 'drop';
}

/** A place that was searched. */
export interface ErasedPlace {
  place: string;
  found: number;
  erased: number;
  remaining: number;
}

export interface Receipt {
  places: ErasedPlace[];
  visitors: number;
  scans: number;
  links: number;
  totalsFallBy: number;
  humanTotalsFallBy: number;
  filesRewritten: number;
  sentAway: number;
  stepsDone: number;
  stepsOf: number;
}

export interface Erasure {
  id: string;
  status: string;
  subject: string;
  linkId?: string;
  startDate?: string;
  endDate?: string;
  scans: string;
  askedBy: string;
  receipt: Receipt;
  error?: string;
  createdAt: string;
  completedAt?: string;
}

export interface ErasurePreview {
  preview: Receipt;
  /** What the person who asks is to type. */
  confirmWith: string;
}

export async function previewErasure(body: Erasing): Promise<ErasurePreview> {
  return call<ErasurePreview>('post', '/v1/x/erasures', { body: { ...body, dryRun: true } });
}

/** Begins an erasure; nothing brings back what it takes. */
export async function erase(body: Erasing): Promise<Erasure> {
  const answer = await call<{ erasure: Erasure }>('post', '/v1/x/erasures', { body: { ...body, confirm: true } });
  return answer.erasure;
}

export async function getErasure(id: string): Promise<Erasure> {
  return (await call<{ erasure: Erasure }>('get', '/v1/x/erasures/{id}', { path: { id } })).erasure;
}

/** The latest erasures, newest first. */
export async function listErasures(): Promise<Erasure[]> {
  return (await call<{ erasures: Erasure[] }>('get', '/v1/x/erasures')).erasures;
}

/** Whole days that things are kept; what is absent is kept without end. */
export interface Terms {
  scansDays?: number;
  userAgentsDays?: number;
  visitorsDays?: number;
  deliveriesDays?: number;
}

export interface Holding {
  what: 'scans' | 'user_agents' | 'visitors' | 'deliveries';
  count: number;
  days?: number;
  since?: string;
  until?: string;
}

export interface RetentionGoes {
  scans: number;
  humanScans: number;
  userAgents: number;
  visitors: number;
  deliveries: number;
}

export interface Retention {
  terms: Terms;
  effective: Terms;
  updatedBy?: string;
  updatedAt?: string;
  holdings: Holding[];
  links: { linkId: string; terms: Terms }[];
  goes?: RetentionGoes;
}

export async function getRetention(): Promise<Retention> {
  return call<Retention>('get', '/v1/x/retention');
}

/** Sets how long things are kept; `how` says what would go, or that it may. */
export async function setRetention(terms: Terms, how: { dryRun?: boolean; confirm?: boolean }): Promise<Retention> {
  return call<Retention>('put', '/v1/x/retention', { body: { ...terms, ...how } });
}

/** What a visitor said yes or no to. */
export interface Consent {
  id: string;
  visitorId?: string;
  eventId: string;
  linkId: string;
  key: string;
  text: string;
  version: string;
  given: boolean;
  /** The last word of this visitor on it. */
  stands: boolean;
  at: string;
}

export interface ConsentPage {
  consents: Consent[];
  nextPageToken?: string;
}

export async function listConsents(pageToken?: string): Promise<ConsentPage> {
  return call<ConsentPage>('get', '/v1/x/consents', { query: pageToken ? { pageToken } : {} });
}

/** Where all that is known of a visitor can be had as one file. */
export const visitorExport = (id: string, format: 'html' | 'json') =>
  `/v1/x/visitors/${encodeURIComponent(id)}/export?format=${format}`;
