import { answer, client } from './client';
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

/** Puts a file into the library, for everybody who is sent to it. */
export async function uploadMedia(file: File): Promise<Media> {
  const body = { fileName: file.name, fileData: await dataUrl(file), visibility: 'VISIBILITY_PUBLIC' };
  return (await answer(client.POST('/v1/media', { body }))).media;
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
