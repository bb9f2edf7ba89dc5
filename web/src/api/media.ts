import { ownPath } from '../lib/address';
import { m } from '../messages';
import { answer, call, client } from './client';
import { Problem, problemOf } from './problem';
import type { components } from './schema';

export type Media = components['schemas']['Media'];

/** The files of the library, newest first. */
export async function listMedia(): Promise<Media[]> {
  const files: Media[] = [];
  let pageToken: string | undefined;
  do {
    const query = { pageSize: 1000, ...(pageToken ? { pageToken } : {}) };
    const page = await answer(client.GET('/v1/media', { params: { query } }));
    files.push(...page.media);
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken);
  return files;
}

/** Bytes of a file that travels within a request; a larger one has an address of its own. */
const MOST_INLINE = 3 << 20;

/** Puts a file into the library, for everybody who is sent to it. */
export async function uploadMedia(file: File): Promise<Media> {
  if (file.size > MOST_INLINE) return uploadLarge(file);
  const body = { fileName: file.name, fileData: await dataUrl(file), visibility: 'VISIBILITY_PUBLIC' };
  return (await answer(client.POST('/v1/media', { body }))).media;
}

interface Upload {
  media: Media;
  uploadUrl: string;
  uploadMethod: string;
  uploadHeaders: Record<string, string>;
}

async function uploadLarge(file: File): Promise<Media> {
  const declared = { fileName: file.name, mimeType: file.type, size: file.size, visibility: 'VISIBILITY_PUBLIC' };
  const upload = await call<Upload>('post', '/v1/media/uploads', { body: declared });
  const sent = await fetch(ownPath(upload.uploadUrl), {
    method: upload.uploadMethod,
    headers: upload.uploadHeaders,
    body: file,
  }).catch(() => {
    throw new Problem(0, m.problem.silent);
  });
  if (!sent.ok) throw problemOf(sent.status, await sent.json().catch(() => undefined), null);
  const done = `/v1/media/${encodeURIComponent(upload.media.id)}:complete`;
  return (await call<{ media: Media }>('post', done)).media;
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
