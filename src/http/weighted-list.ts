import { trimmed } from './field-value.ts';

/**
 * Visits the members of a list that may have weights (RFC 9110 §12.4.2), such as `Accept`: each in lower case without
 * its parameters, and its `q`, which is 1 if there is none and 0 if it is no weight.
 */
export const eachWeighted = (list: string, visit: (name: string, weight: number) => void): void => {
  for (const member of list.toLowerCase().split(',')) {
    if (!member.includes(';')) {
      visit(trimmed(member), 1);
      continue;
    }
    const [name = '', ...parameters] = member.split(';').map(trimmed);
    const weight = Number(parameters.find((it) => it.startsWith('q='))?.slice(2) ?? 1);
    visit(name, weight >= 0 && weight <= 1 ? weight : 0);
  }
};
