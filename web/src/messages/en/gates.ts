/** The pages before the dashboard: signing in, setting up, joining, a new password, no answer. */
export const gates = {
  email: 'E-mail',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: 'At least 8 characters.',
  toSignIn: 'Go to the sign-in',

  signIn: {
    title: 'Sign in',
    submit: 'Sign in',
    busy: 'Signing in…',
    wait: (seconds: number) => `Try again in ${seconds} s`,
    slowed: 'Too many wrong passwords in a row. Each further try has to wait a little longer.',
    forgotten: 'Forgotten the password? An admin of your workspace can make a link that resets it.',
  },

  setUp: {
    title: 'Set up Quietzone',
    about: 'You become the owner of the first workspace. This page works once.',
    demoAbout:
      'The demo is ready. Choose how you sign in; a workspace of your own is one click away, whenever you like.',
    workspace: 'Workspace',
    workspaceExample: 'Café Aurora',
    email: 'Your e-mail',
    zoneHint: 'Its midnight is where your days begin.',
    submit: 'Set up and sign in',
    busy: 'Setting up…',
    endedTitle: 'This set-up link has ended',
    ended:
      'A set-up link works once. If nobody has set this server up yet, start it again and open the link it prints.',
  },

  join: {
    title: (workspace: string) => `Join ${workspace}`,
    reading: 'Reading the invitation…',
    plainTitle: 'Join',
    as: (email: string, role: string) => `You are invited as ${email}, with the role ${role}.`,
    has: 'You have an account here already: sign in with its password to join.',
    isNew: 'Choose a password and you are in.',
    first: 'First name',
    last: 'Last name',
    optional: 'optional',
    submit: 'Join',
    busy: 'Joining…',
    endedTitle: 'This invitation has ended',
    ended:
      'An invitation works once, for seven days, and can be revoked. Ask the person who sent it for a new link.',
  },

  reset: {
    title: 'Choose a new password',
    reading: 'Reading the link…',
    forWhom: (email: string) => `For ${email}. Every device that is signed in will be signed out.`,
    submit: 'Save and sign in',
    busy: 'Saving…',
    endedTitle: 'This link has ended',
    ended: 'A reset link works once and only for a while. Ask an admin of your workspace for a new one.',
  },

  unreachable: {
    offline: 'You are offline',
    silent: 'Quietzone does not answer',
    codes: 'Printed codes do not depend on this page: they are answered as long as the server runs.',
    steps: 'If you run the server, see whether it is started and what it last said on standard error.',
    waiting: 'Trying again by itself…',
    again: 'Try again',
  },
};
