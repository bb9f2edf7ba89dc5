/** What is said when the server itself does not say why. */
export const problem = {
  silent: 'Quietzone does not answer. It may be stopped, or this device is offline.',
  answered: (status: number) => `The server answered ${status}.`,
};
