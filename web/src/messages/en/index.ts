import { firstRun } from './firstRun';
import { gates } from './gates';
import { links } from './links';
import { overview } from './overview';
import { people } from './people';
import { settings } from './settings';
import { shell } from './shell';
import { system } from './system';
import { values } from './values';

export const en = { firstRun, gates, links, overview, people, settings, shell, system, values };
