/** What stands around every page. */
export const shell = {
  overview: 'Overview',
  links: 'Links',
  settings: 'Settings',
  pages: 'Pages',
  skip: 'Skip to the page',
  signOut: 'Sign out',
  title: (page: string) => `${page} · Quietzone`,
};
