import { asDestination, isAddress } from '../lib/address';
import { spokenAddress } from '../lib/format';
import { PRESETS } from '../lib/range';
import { paths, type Route, SECTIONS } from '../lib/route';
import { linkName } from '../lib/scan';
import { type Theme, THEMES } from '../lib/themes';
import { parseView, type View, viewSearch } from '../lib/view';
import type { Link } from '../api/words';
import { linksPath } from '../links/query';
import { m } from '../messages';
import { type Findable, matching } from './match';

/** What choosing an entry does: it opens a page, or one of the deeds the palette knows. */
export type Deed = { open: string } | { create: string } | { theme: Theme } | 'shortcuts' | 'signOut';

export interface Entry extends Findable {
  id: string;
  group: keyof typeof m.palette.groups;
  deed: Deed;
  /** What else tells it apart. */
  hint?: string;
  /** Whether it is so already. */
  chosen?: boolean;
}

/** Everything but links: the pages, what the present page can show, the colours. */
export function fixedEntries(route: Route, url: URL, theme: Theme): Entry[] {
  const words = m.palette;
  const pages: Entry[] = [
    { id: 'overview', group: 'pages', label: m.shell.overview, deed: { open: paths.overview } },
    { id: 'links', group: 'pages', label: m.shell.links, deed: { open: paths.links } },
    { id: 'counting', group: 'pages', label: m.counting.title, deed: { open: paths.counting } },
    { id: 'leads', group: 'pages', label: m.shell.leads, also: words.leadsAlso, deed: { open: paths.leads } },
    ...SECTIONS.map((section): Entry => ({
      id: `settings-${section}`,
      group: 'pages',
      label: words.settings(m.settings.sections[section]),
      also: words.sectionsAlso[section],
      deed: { open: paths.settings(section) },
    })),
    {
      id: 'import',
      group: 'pages',
      label: m.links.import.title,
      also: m.palette.importAlso,
      deed: { open: `${paths.links}?import=1` },
    },
    { id: 'trash', group: 'pages', label: m.links.trash.title, deed: { open: linksPath({ trash: true }) } },
  ];

  const hasView = route.page === 'overview' || route.page === 'link';
  const view = parseView(hasView ? url.searchParams : new URLSearchParams());
  const pathOf = (to: Partial<View>) =>
    (hasView ? url.pathname : paths.overview) + viewSearch({ ...view, ...to });
  const shown: Entry[] = [
    ...PRESETS.map((range): Entry => ({
      id: `range-${range}`,
      group: 'view',
      label: words.range(m.overview.range.presets[range]),
      also: words.rangeAlso,
      chosen: hasView && view.range === range,
      deed: { open: pathOf({ range }) },
    })),
    ...(['human', 'all'] as const).map((counting): Entry => ({
      id: `counting-${counting}`,
      group: 'view',
      label: words.counting(m.overview.counting[counting]),
      also: words.countingAlso,
      chosen: hasView && view.counting === counting,
      deed: { open: pathOf({ counting }) },
    })),
  ];

  const rest: Entry[] = [
    ...THEMES.map((name): Entry => ({
      id: `theme-${name}`,
      group: 'rest',
      label: words.theme(m.shell.themes[name]),
      also: words.themeAlso,
      chosen: theme === name,
      deed: { theme: name },
    })),
    {
      id: 'shortcuts',
      group: 'rest',
      label: m.shell.keys.title,
      also: words.shortcutsAlso,
      deed: 'shortcuts',
    },
    { id: 'signOut', group: 'rest', label: m.shell.signOut, deed: 'signOut' },
  ];
  return [...pages, ...shown, ...rest];
}

/**
 * What is offered for what was typed. Links come from the server, a moment later than the rest: they stand
 * last, so that nothing moves under the hand. Before a word is typed they are those known already, and stand
 * first.
 */
export function offered(typed: string, links: readonly Link[], fixed: readonly Entry[]): Entry[] {
  const found = links.map((link): Entry => ({
    id: `link-${link.id}`,
    group: 'links',
    label: linkName(link),
    hint: spokenAddress(link.entrypoint),
    deed: { open: paths.link(link.id) },
  }));
  if (typed.trim() === '') return [...found, ...fixed];
  return [...creation(typed), ...grouped(matching(fixed, typed)), ...found];
}

/** Each group in one piece, where its best entry stands: the list has one heading for each. */
function grouped(entries: readonly Entry[]): Entry[] {
  const groups = [...new Set(entries.map(({ group }) => group))];
  return entries.toSorted((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
}

function creation(typed: string): Entry[] {
  if (!isAddress(typed)) return [];
  const address = asDestination(typed);
  const label = m.palette.create(spokenAddress(address));
  return [{ id: 'create', group: 'create', label, deed: { create: address } }];
}
