/** A table to fill in: every column that an import knows, and a row to show how. */
export const TEMPLATE = [
  'destination,name,shortlink,domain,tags,folder,purpose,notes,expires,metadata.table',
  'https://example.com/menu,Menu,menu-1,,"print, garden",Summer/Tables,Menu at table 1,,2026-12-31,1',
  '',
].join('\r\n');
