import { whenSignedOut } from '../api/client';
import { asProblem, type Problem } from '../api/problem';
import * as api from '../api/session';
import type { Session } from '../api/words';

/** Who is at the keyboard, and in which workspace. */
class CurrentSession {
  /** `asking` until the server has said whether this browser is signed in. */
  state: 'asking' | 'in' | 'out' | 'unreachable' = $state('asking');
  current: Session | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();

  constructor() {
    whenSignedOut(() => this.#set(undefined));
  }

  async ask(): Promise<void> {
    this.state = 'asking';
    await this.askAgain();
  }

  /** Asks while what is shown stays. */
  async askAgain(): Promise<void> {
    try {
      this.#set(await api.getSession());
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.status === 401) return this.#set(undefined);
      this.problem = problem;
      this.state = 'unreachable';
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.#set(await api.signIn(email, password));
  }

  async setUp(setup: api.Setup): Promise<void> {
    this.#set(await api.setUp(setup));
  }

  /**
   * Another answer of the server to who is at the keyboard: somebody joined, or went to another workspace.
   */
  enter(session: Session): void {
    this.#set(session);
  }

  /**
   * Reads again what the settings have changed (a name, a zone, the base URL). The change itself was made
   * already.
   */
  async refresh(): Promise<void> {
    try {
      this.#set(await api.getSession());
    } catch (thrown) {
      asProblem(thrown);
    }
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.#set(undefined);
  }

  #set(session: Session | undefined): void {
    this.current = session;
    this.state = session ? 'in' : 'out';
  }
}

export const session = new CurrentSession();
