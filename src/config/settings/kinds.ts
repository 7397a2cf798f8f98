import Type, { type TProperties } from 'typebox';
import { Secret } from '../../base/secret.ts';
import type { Milliseconds } from '../../base/units.ts';
import { isBaseUrl, isOrigin, isProxyUrl } from '../rules/base-url.ts';
import { addressesIn } from '../rules/network.ts';

/** The kinds of settings that there are: builders of the schemas that `schema.ts` and its neighbours are made of. */

/** Path prefix such as `/cmu/v2`: plain segments, no dot segments, no slash at the end. */
const PREFIX = String.raw`^(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+$`;

/** A DNS name, without port. */
export const HOST_NAME = '^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$';

/** @param more `inherits`: the section whose values hold where an entry of a list leaves them out */
export const section = <T extends TProperties>(
  description: string,
  properties: T,
  more: { readonly inherits?: string } = {},
) => Type.Object(properties, { description, additionalProperties: false, ...more });

/** A list whose entries are mappings of settings. What an entry leaves out is inherited, or has its default. */
export const entries = <T extends TProperties>(
  description: string,
  expects: string,
  properties: T,
  fallback: readonly unknown[] = [],
) =>
  Type.Array(Type.Object(properties, { additionalProperties: false }), {
    description,
    expects: `a list of ${expects} (in the environment: a JSON array)`,
    default: fallback,
  });

/** What an entry of a list is called: in logs, metrics, and by other settings. */
export const entryName = (description: string) =>
  Type.String({
    description,
    pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$',
    expects: 'a name of letters, digits, - and _, at most 63',
  });

export const text = (description: string, fallback: string, more: Record<string, unknown> = {}) =>
  Type.String({ description, default: fallback, ...more });

export const integer = (
  description: string,
  fallback: number,
  bounds: { minimum: number; maximum: number; unit?: string },
) => Type.Integer({ description, default: fallback, ...bounds });

/** Empty means "none". */
const optional = (value: string): string | undefined => (value === '' ? undefined : value);

const optionalSecret = (value: string): Secret | undefined => (value === '' ? undefined : new Secret(value));

const toUrl = (value: string): URL => new URL(value);

/** An absolute http(s) URL without credentials, query and fragment; what follows its path is up to the user. */
export const url = (description: string, fallback: string) => {
  const expects = 'an http or https URL without user, query and fragment';
  const schema = text(description, fallback, { expects, pattern: '^https?://[^?#]+$' });
  return Type.Decode(Type.Refine(schema, isBaseUrl), toUrl);
};

export const origin = (description: string, fallback: string) => {
  const expects = 'an http or https origin (scheme, host, port), without a path';
  const schema = text(description, fallback, { expects, pattern: '^https?://[^/?#]+/?$' });
  return Type.Decode(Type.Refine(schema, isOrigin), toUrl);
};

export const timeZone = (description: string) => {
  const expects = 'a time zone such as UTC, -08:00 or America/New_York';
  return Type.Refine(text(description, '', { pattern: '^[A-Za-z0-9_+/:-]*$', expects }), isTimeZone);
};

const isTimeZone = (value: string): boolean => {
  try {
    return value === '' || new Intl.DateTimeFormat('en', { timeZone: value }) !== undefined;
  } catch {
    return false;
  }
};

/** A path in the file system. Relative paths are taken from the working directory. */
export const file = (description: string) =>
  Type.Decode(text(description, '', { expects: 'a path' }), optional);

/** What is shown to a server that asks for a certificate. @param where the key before their names, dot included */
export const ownCertificate = (server: string, where: string) => ({
  certFile: file(
    `PEM certificate that this proxy shows to ${server}, with its chain, where that asks for one. Renewed files are taken up without a restart.`,
  ),
  keyFile: file(`PEM private key of \`${where}certFile\`, not encrypted.`),
});

/** A text that must never be printed; each has a twin key ending in `File` (environment: `…_FILE`). */
export const secret = (description: string) =>
  Type.Decode(text(description, '', { kind: 'secret', expects: 'a text (secret)' }), optionalSecret);

/** The twin of a secret, `…File`: where to read it from, without its last newline. */
export const secretFile = (description: string) =>
  Type.Decode(text(description, '', { kind: 'secretFile', expects: 'a path' }), optional);

/** A way out: the URL of a proxy, which may hold a password, or `none`. Empty: what the environment says. */
export const egressProxy = (description: string) => {
  const expects = '`none`, or http(s)://[user:password@]host[:port] (secret)';
  const schema = text(description, '', { kind: 'secret', pattern: '^(none|https?://[^/?#]+/?)?$', expects });
  const isWay = (value: string): boolean => value === '' || value === 'none' || isProxyUrl(value);
  return Type.Decode(Type.Refine(schema, isWay), optionalSecret);
};

export const texts = (description: string, item: Record<string, unknown> = { minLength: 1 }) =>
  Type.Array(Type.String(item), { description, default: [] });

export const networks = (description: string) => {
  const item = Type.String({ expects: 'an address such as 10.0.0.1, or a network such as 10.0.0.0/8' });
  const isNetwork = (value: string): boolean => addressesIn([value]) !== undefined;
  return Type.Array(Type.Refine(item, isNetwork), { description, default: [] });
};

export const prefix = (description: string, fallback: string, more: Record<string, unknown> = {}) =>
  text(description, fallback, {
    pattern: PREFIX,
    expects: 'a path such as /cmu/v2: plain segments, no slash at the end',
    ...more,
  });

/** Permissions of a file, written as `chmod` takes them. */
export const fileMode = (description: string, fallback: string) => {
  const expects = 'an octal mode in quotes, such as "0660"';
  const schema = text(description, fallback, { pattern: '^0?[0-7]{3}$', expects });
  return Type.Decode(schema, (value) => Number.parseInt(value, 8));
};

/** One of several texts; the first of them by default. */
export const choice = <const Options extends string[]>(description: string, options: readonly [...Options]) =>
  Type.Enum<Options>(options, { description, default: options[0] });

export const flag = (description: string, fallback = false) =>
  Type.Boolean({ description, default: fallback });

export const port = (description: string, fallback: number) =>
  integer(description, fallback, { minimum: 0, maximum: 65_535 });

export const duration = (description: string, fallback: number, minimum: number, maximum: number) =>
  Type.Unsafe<Milliseconds>(integer(description, fallback, { minimum, maximum, unit: 'milliseconds' }));

export const bytes = (description: string, fallback: number, minimum = 0) =>
  integer(description, fallback, { minimum, maximum: 2 ** 40, unit: 'bytes' });

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const MIB = 1024 * 1024;
