import { describe, expect, it } from 'vitest';
import { isLastAdmin, memberName } from './roles';

const member = (id: string, role: string) => ({
  id,
  role,
  workspaceId: 'w',
  email: `${id}@example.com`,
  firstName: '',
  lastName: '',
  createdAt: '',
  updatedAt: '',
});

describe('the last admin', () => {
  const ada = member('ada', 'ROLE_ADMIN');
  it('is the only one', () => expect(isLastAdmin(ada, [ada, member('mary', 'ROLE_TECH')])).toBe(true));
  it('is nobody while there are two', () =>
    expect(isLastAdmin(ada, [ada, member('mary', 'ROLE_ADMIN')])).toBe(false));
  it('is no viewer', () => expect(isLastAdmin(member('eve', 'ROLE_VIEWER'), [ada])).toBe(false));
});

it('a member without a name goes by the e-mail address', () => {
  expect(memberName(member('ada', 'ROLE_ADMIN'))).toBe('ada@example.com');
  expect(memberName({ ...member('ada', 'ROLE_ADMIN'), firstName: 'Ada', lastName: 'Byron' })).toBe(
    'Ada Byron',
  );
});
