import type { Dispatcher } from 'undici';

/** A request's fields, flat, in whatever form undici takes them. A flat list is given back as it is. */
export const flatRequestFields = (headers: Dispatcher.DispatchOptions['headers']): string[] => {
  if (headers === undefined || headers === null) return [];
  if (isFlat(headers)) return headers;
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.flatMap(([name, value]) => valuesOf(value).flatMap((one) => [name, one]));
};

const isFlat = (headers: NonNullable<Dispatcher.DispatchOptions['headers']>): headers is string[] =>
  Array.isArray(headers);

const valuesOf = (value: string | number | string[] | undefined): readonly string[] =>
  value === undefined ? [] : [value].flat().map(String);
