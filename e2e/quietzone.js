// Starts the real program with a data directory of its own, and ends it. Nothing else is touched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BINARY =
  process.env.QUIETZONE_BINARY ?? fileURLToPath(new URL('../target/release/quietzone', import.meta.url));
const READY_WITHIN_MS = 30_000;

export const OWNER = { email: 'owner@example.com', password: 'a quiet zone of four modules' };
export const API_TOKEN = 'sk_live_e2e_0123456789abcdef0123456789abcdef';

/** A first start without anybody at the keyboard: the owner and a token come from the environment. */
export const UNATTENDED = {
  QUIETZONE_ADMIN_EMAIL: OWNER.email,
  QUIETZONE_ADMIN_PASSWORD: OWNER.password,
  QUIETZONE_API_TOKEN: API_TOKEN,
};

/**
 * Resolves once redirects are answered.
 * @param {Record<string, string>} environment added to a bare one, in which no other `QUIETZONE_*` is set
 */
export async function startQuietzone(environment) {
  const data = await mkdtemp(join(tmpdir(), 'quietzone-e2e-'));
  const bare = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('QUIETZONE_')),
  );
  const env = { ...bare, ...environment };
  let running;

  async function stop() {
    await end(running);
    await rm(data, { recursive: true, force: true });
  }

  running = launch(data, '127.0.0.1:0', env);
  try {
    const base = await running.base;
    return {
      base,
      stop,
      /** Resolves with the match of the first line on standard error, said or still to come, that has one. */
      line: (pattern) => running.line(pattern),
      /** Stops the program; the answer starts it again on the same data and address, with `more` around it. */
      async interrupt() {
        await end(running);
        return async (more = {}) => {
          running = launch(data, new URL(base).host, { ...env, ...more });
          await running.base;
        };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function launch(data, listen, env) {
  const child = spawn(BINARY, ['serve', '--data', data, '--listen', listen], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const said = [];
  const errors = createInterface({ input: child.stderr });
  errors.on('line', (line) => said.push(line));

  const base = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = /^listening on (http:\/\/\S+)$/.exec(line);
      if (ready) resolve(ready[1]);
    });
    const fail = (what) => reject(new Error(`quietzone ${what}; it said:\n${said.join('\n')}`));
    child.once('error', reject);
    child.once('exit', (code) => fail(`ended with ${code} before it was ready`));
    setTimeout(() => fail(`was not ready within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS).unref();
  });

  function line(pattern) {
    const found = said.map((text) => pattern.exec(text)).find((match) => match !== null);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => {
      errors.on('line', (text) => {
        const match = pattern.exec(text);
        if (match) resolve(match);
      });
    });
  }

  return { child, exited, base, line };
}

async function end({ child, exited }) {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    child.kill('SIGTERM');
    await exited;
  }
}

/** Asks again and again, as often as a token may, until the answer is yes. */
export async function until(condition) {
  while (!(await condition())) await pause(200);
}

/** Resolves once the demo's ninety days are in every number. */
export async function demoIsFull({ base, line }) {
  await line(/Simulated the demo's scans/);
  await until(async () => {
    const headers = { Authorization: `Bearer ${API_TOKEN}` };
    const { consumers } = await (await fetch(`${base}/v1/x/system`, { headers })).json();
    // A live scan now and then is always on its way.
    return consumers.every(({ behindRecords }) => behindRecords < 10);
  });
}
