import { overview } from './overview';
import { shell } from './shell';
import { values } from './values';

export const en = { overview, shell, values };
