import { parseRoute, type Route } from './route';

/** What the address bar shows; changes with it. */
class Router {
  /** The whole address; pages read their query string from it. */
  url: URL = $state.raw(new URL(location.href));
  readonly route: Route = $derived(parseRoute(this.url));

  /**
   * Asked before the page is left: false keeps it, until `leave` is called. A page that sets it takes it
   * away.
   */
  guard: ((leave: () => void) => boolean) | undefined;

  constructor() {
    window.addEventListener('popstate', () => {
      const target = location.href;
      if (this.#mayLeave(() => this.#push(target))) return this.#read();
      // The browser has moved already; the kept page's address goes back on top.
      history.pushState(null, '', this.url);
    });
  }

  go(path: string): void {
    if (this.#mayLeave(() => this.#push(path))) this.#push(path);
  }

  /** Changes the address without a step in the history. */
  replace(path: string): void {
    history.replaceState(null, '', path);
    this.#read();
  }

  /** Takes a plain click on a link of the dashboard; every other click stays the browser's. */
  follow = (event: MouseEvent): void => {
    const anchor = (event.target as Element).closest('a');
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!anchor || !plain || anchor.target || anchor.hasAttribute('download')) return;
    if (anchor.origin !== location.origin || anchor.hash) return;
    if (parseRoute(new URL(anchor.href)).page === 'missing') return;
    event.preventDefault();
    this.go(anchor.pathname + anchor.search);
  };

  #mayLeave(leave: () => void): boolean {
    return this.guard === undefined || this.guard(leave);
  }

  #push(path: string): void {
    const { pathname } = this.url;
    history.pushState(null, '', path);
    this.#read();
    // Another page begins at its top; the same page with other scans stays where it is.
    if (this.url.pathname !== pathname) window.scrollTo(0, 0);
  }

  #read(): void {
    this.url = new URL(location.href);
  }
}

export const router = new Router();
