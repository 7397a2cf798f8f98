/** Several texts as sentences of one message: each ends with a full stop, unless it has an end of its own. */
export const sentences = (...texts: readonly (string | undefined)[]): string =>
  texts
    .map((text) => text?.trim() ?? '')
    .filter((text) => text !== '')
    .map((text) => (/[.!?…]["'`)\]]?$/.test(text) ? text : `${text}.`))
    .join(' ');
