import { firstRun } from './firstRun';
import { gates } from './gates';
import { links } from './links';
import { overview } from './overview';
import { palette } from './palette';
import { people } from './people';
import { problem } from './problem';
import { scans } from './scans';
import { settings } from './settings';
import { shell } from './shell';
import { system } from './system';
import { values } from './values';

export const en = { firstRun, gates, links, overview, palette, people, problem, scans, settings, shell, system, values };
