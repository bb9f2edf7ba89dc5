import { firstRun } from './firstRun';
import { gates } from './gates';
import { people } from './people';
import { settings } from './settings';
import { shell } from './shell';
import { system } from './system';

export const en = { firstRun, gates, people, settings, shell, system };
