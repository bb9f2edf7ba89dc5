import type { ExportFormat, ExportObject } from '../../api/exports';
import { count } from '../../lib/format';

const objects: Record<ExportObject | 'bundle', string> = {
  scans: 'Scans',
  traces: 'Workflow traces',
  visitors: 'Leads',
  links: 'Links',
  report: 'Scans by day',
  bundle: 'Exit bundle',
};

const formats: Record<ExportFormat, string> = {
  csv: 'CSV, for spreadsheets',
  ndjson: 'NDJSON, for programs',
  parquet: 'Parquet, for DuckDB and pandas',
};

const shortFormats: Record<string, string> = { csv: 'CSV', ndjson: 'NDJSON', parquet: 'Parquet', zip: 'ZIP' };

/** Data as files: the room of exports, and the button beside each list. */
export const exports = {
  about: 'Your data as a file, whole or in part. Files are kept for seven days, then made again in a moment.',
  take: 'Export',
  taking: 'Exporting…',
  taken: 'The file is with your downloads.',
  begun: 'This is a large one. It is made in the background.',
  look: 'Look',

  newTitle: 'New export',
  newAbout: 'Large files are made in the background; you can leave this page meanwhile.',
  object: 'What',
  objects,
  format: 'Format',
  formats,
  from: 'From',
  to: 'To',
  rangeHint: 'Both days are included. Empty: everything there is.',
  population: 'Count',
  people: 'People only, as your numbers do',
  everything: 'Every request, with its verdict',
  bom: 'Mark the file for Excel',
  bomHint: 'A byte order mark at its beginning: Excel then shows accents as they are.',
  columns: 'Columns',
  columnsOf: (chosen: number, all: number) => `${count(chosen)} of ${count(all)} columns`,
  noColumn: 'Choose a column at least.',
  make: 'Make the file',
  making: 'Beginning…',

  exit: {
    title: 'Leave with everything',
    about: 'A printed code should outlive the program behind it. One archive holds what you need to go on without Quietzone.',
    contents: [
      'Where each code leads, as configuration for nginx, Caddy and Netlify and as a static site',
      'Each code in its look, as SVG and PNG',
      'Links, leads, scans and workflow traces',
      'What a fixed redirect cannot do, named code by code',
    ],
    make: 'Pack everything',
  },
  codes: (n: number) => `${count(n)} ${n === 1 ? 'code' : 'codes'}`,

  notForViewers: 'A viewer sees numbers and exports nothing. An admin of the workspace can change your role.',
  list: 'Files',
  listAbout: 'Whoever may read the data sees its files.',
  empty: 'No files yet. What you export here, or from a long list, waits here to be fetched.',
  name: (object: string, format: string) =>
    `${objects[object as keyof typeof objects] ?? object}, ${shortFormats[format] ?? format}`,
  waiting: 'Waits for its turn',
  progress: (name: string) => `Progress of ${name}`,
  rows: (n: number) => `${count(n)} ${n === 1 ? 'row' : 'rows'}`,
  range: (from: string | undefined, to: string | undefined) =>
    from && to ? `${from} to ${to}` : from ? `since ${from}` : to ? `until ${to}` : '',
  by: (who: string) => `by ${who}`,
  until: (when: string) => `kept until ${when}`,
  failed: (why: string) => `Could not be made: ${why}`,
  download: 'Download',
  downloadName: (file: string) => `Download ${file}`,
  cancel: 'Cancel',
  cancelName: (name: string) => `Cancel ${name}`,
  cancelled: 'Cancelled.',
  remove: 'Delete',
  removeName: (file: string) => `Delete ${file}`,
  removed: 'Deleted.',
  remake: 'Make it again',
};
