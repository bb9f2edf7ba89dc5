import { en } from './en';

/**
 * The words of the dashboard. A further language is an object of the same type beside `en`, chosen here by
 * `navigator.languages`; components take every word from `m`.
 */
export const m = en;
