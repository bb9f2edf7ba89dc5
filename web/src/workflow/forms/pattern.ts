import { folded } from '../../lib/folded';

/** Whether a whole answer matches a pattern, as this browser reads it. */
export function matches(pattern: string, answer: string): 'yes' | 'no' | 'broken' {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(answer) ? 'yes' : 'no';
  } catch {
    return 'broken';
  }
}

const RESERVED: Record<string, string> = {
  'e mail': '$email',
  email: '$email',
  telephone: '$phone',
  phone: '$phone',
  'first name': '$firstName',
  'last name': '$lastName',
};

/** What a field's answers are kept as, from its label: `Favourite dish` is `favourite_dish`, `E-mail` is `$email`. */
export function keyFrom(label: string): string {
  const plain = folded(label);
  return RESERVED[plain] ?? plain.replace(/[^a-z\d]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40);
}
