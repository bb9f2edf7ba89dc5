import type { Member } from '../api/words';

export const ADMIN = 'ROLE_ADMIN';
export const TECH = 'ROLE_TECH';

/** The roles from the least to the most. */
export const ROLES = ['ROLE_VIEWER', TECH, ADMIN] as const;
export type Role = (typeof ROLES)[number];

/** Whether data may be taken away as files: a viewer only looks. */
export function mayExport(role: string): boolean {
  return role !== 'ROLE_VIEWER';
}

/** Whether a workspace would be left without anybody who can manage it. */
export function isLastAdmin(member: Member, members: readonly Member[]): boolean {
  return member.role === ADMIN && members.filter(({ role }) => role === ADMIN).length === 1;
}

/** A member as people call one: the name, else the e-mail address. */
export function memberName(member: { firstName: string; lastName: string; email: string }): string {
  return `${member.firstName} ${member.lastName}`.trim() || member.email;
}
