import type { Action, Payload } from '../api/workflow';
import type { Doc, Step } from './step';

// Small workflows for tests, written as what leads where.

const RANGES = { ranges: [{ id: 'lunch', name: 'Lunch', startTime: '11:00', endTime: '14:30' }] };
const PAYLOADS: Partial<Record<Action, Payload>> = {
  TIME_OF_DAY_CONDITION: RANGES,
  COUNTRY_CONDITION: { countries: [{ countryCode: 'DE' }, { countryCode: 'FR' }] },
  MULTI_LINK: { title: 'Choose', buttons: [{ id: 'b1', label: 'One' }, { id: 'b2', label: 'Two' }] },
  CLIENT_REDIRECT: { destination: 'https://example.com/', conversionTracking: false },
};

export function step(id: string, action: Action, next: Record<string, string> = {}, payload?: Payload): Step {
  return {
    id,
    action,
    payload: payload ?? PAYLOADS[action] ?? {},
    next,
    capture: { enabled: false, writes: [] },
    back: { enabled: false },
    position: { x: 0, y: 0 },
  };
}

/** Entry -> time of day -> lunch (11:00-14:30) or dinner. */
export function lunchAndDinner(): Doc {
  return [
    step('entry', 'LINK_VISIT', { next: 'time' }),
    step('time', 'TIME_OF_DAY_CONDITION', { lunch: 'noon', else: 'night' }),
    step('noon', 'CLIENT_REDIRECT', {}, { destination: 'https://example.com/lunch' }),
    step('night', 'CLIENT_REDIRECT', {}, { destination: 'https://example.com/dinner' }),
  ];
}

/** Ids in the order in which they are asked for: `new1`, `new2`. */
export function counted(): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `new${made}`;
  };
}
