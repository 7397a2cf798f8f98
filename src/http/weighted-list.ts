import { trimmed } from './fields.ts';

/**
 * Visits the members of a list that may have weights (RFC 9110 §12.4.2), such as `Accept`: each in lower case without
 * its parameters, and its `q`, which is 1 if there is none and 0 if it is no weight.
 */
export const eachWeighted = (list: string, visit: (name: string, weight: number) => void): void => {
  const lower = list.toLowerCase();
  let semicolon = lower.indexOf(';');
  for (let start = 0; start < lower.length; ) {
    const comma = lower.indexOf(',', start);
    const end = comma === -1 ? lower.length : comma;
    // Looked for no more often than there is one, so that a list takes one pass.
    if (semicolon !== -1 && semicolon < start) semicolon = lower.indexOf(';', start);
    if (semicolon === -1 || semicolon > end) visit(trimmed(lower.slice(start, end)), 1);
    else visit(trimmed(lower.slice(start, semicolon)), weightOf(lower.slice(semicolon, end)));
    start = end + 1;
  }
};

const weightOf = (parameters: string): number => {
  const weight = Number(WEIGHT.exec(parameters)?.[1] ?? 1);
  return weight >= 0 && weight <= 1 ? weight : 0;
};

const WEIGHT = /;[ \t]*q=([^; \t]*)/;
