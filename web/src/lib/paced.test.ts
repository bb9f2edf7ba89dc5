import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { delayed, paced } from './paced';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('runs at once, then no more than once a period, and once after the last asking', async () => {
  const act = vi.fn(async () => {});
  const { ask } = paced(act, 1000);
  ask();
  expect(act).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 50; i += 1) ask();
  await vi.advanceTimersByTimeAsync(999);
  expect(act).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(act).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5000);
  expect(act).toHaveBeenCalledTimes(2);
});

it('never runs twice at a time', async () => {
  let finish = () => {};
  const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const { ask } = paced(act, 10);
  ask();
  ask();
  await vi.advanceTimersByTimeAsync(1000);
  expect(act).toHaveBeenCalledTimes(1);
  finish();
  await vi.advanceTimersByTimeAsync(1);
  expect(act).toHaveBeenCalledTimes(2);
});

it('stops', async () => {
  const act = vi.fn(async () => {});
  const { ask, stop } = paced(act, 10);
  ask();
  ask();
  stop();
  await vi.advanceTimersByTimeAsync(100);
  ask();
  expect(act).toHaveBeenCalledTimes(1);
});

it('runs a full delay after the last asking', async () => {
  const act = vi.fn();
  const { ask, stop } = delayed(act, 100);
  ask();
  await vi.advanceTimersByTimeAsync(99);
  ask();
  expect(act).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(act).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(act).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(act).toHaveBeenCalledTimes(2);
  ask();
  stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(act).toHaveBeenCalledTimes(2);
});

it('rests after a slow run, so many times its length', async () => {
  const act = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, 1500)));
  const { ask } = paced(act, 2000, 3);
  ask();
  ask();
  await vi.advanceTimersByTimeAsync(1500 + 4499);
  expect(act).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(act).toHaveBeenCalledTimes(2);
});

it('rests five seconds at most', async () => {
  const act = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, 4000)));
  const { ask } = paced(act, 300, 3);
  ask();
  ask();
  await vi.advanceTimersByTimeAsync(4000 + 4999);
  expect(act).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(act).toHaveBeenCalledTimes(2);
});
