/**
 * The words of the dashboard: components take every word from `m`. A further language is a folder of the same
 * modules beside `en`. It is a namespace, not an object, so that the words of a page are loaded with that
 * page.
 */
export * as m from './en';
