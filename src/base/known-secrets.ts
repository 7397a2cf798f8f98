import { KeyObject } from 'node:crypto';
import querystring from 'node:querystring';
import { REDACTED, Secret } from './secret.ts';

/** Nothing shorter can be told from a word of our own. */
const SHORTEST = 8;
/** In a text of somebody else a word may go. */
const SHORTEST_WHOLE = 4;
/** Tokens come and go; nobody speaks of one that was replaced so many times. */
const MOST_PASSING = 16;

/** The secrets that a process holds. Takes them out of texts, in whatever form they are written there. */
export class KnownSecrets {
  readonly #lasting = new Map<string, readonly string[]>();
  readonly #passing = new Map<string, readonly string[]>();

  /** Remembers for good what is secret in a value, at any depth: statements, keys, passwords. */
  keep(value: unknown): void {
    for (const secret of secretsIn(value)) this.#lasting.set(secret, formsOf(secret));
  }

  /** Remembers it until enough others have come: tokens, and what was registered. @returns the value */
  note<T>(value: T): T {
    for (const secret of secretsIn(value)) {
      this.#passing.delete(secret);
      this.#passing.set(secret, formsOf(secret));
    }
    for (const oldest of [...this.#passing.keys()].slice(0, -MOST_PASSING)) this.#passing.delete(oldest);
    return value;
  }

  /** Replaces each whole secret. One search for each form, and nothing else, where there is none. */
  scrub(text: string): string {
    let scrubbed = text;
    for (const form of this.#forms) {
      if (form.length >= SHORTEST) scrubbed = scrubbed.replaceAll(form, REDACTED);
    }
    return scrubbed;
  }

  /** The same for a text of somebody else, who may have cut a secret: its pieces go too. For short texts. */
  scrubPieces(text: string): string {
    const forms = this.#forms;
    let scrubbed = '';
    for (let at = 0; at < text.length; ) {
      const length = longestPiece(text, at, forms);
      scrubbed += length === 0 ? text[at] : REDACTED;
      at += Math.max(length, 1);
    }
    return scrubbed;
  }

  get #forms(): readonly string[] {
    return [...this.#lasting.values(), ...this.#passing.values()].flat();
  }
}

const secretsIn = (value: unknown): readonly string[] => {
  if (value instanceof Secret) return secretParts(value.reveal());
  if (value instanceof KeyObject) {
    return value.type === 'secret' ? [value.export().toString('base64'), value.export().toString('hex')] : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
};

/** Of a header field what follows the scheme, of a PEM key its lines, of a URL also the password alone. */
const secretParts = (text: string): readonly string[] =>
  text
    .split(/[\r\n]+/)
    .filter((line) => !/^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/.test(line))
    .map((line) => line.replace(/^(bearer|basic) /i, ''))
    .flatMap((line) => [line, ...passwordsIn(line)]);

const passwordsIn = (text: string): readonly string[] => {
  const password = URL.parse(text)?.password ?? '';
  return password === '' ? [] : [password, querystring.unescape(password)];
};

const longestPiece = (text: string, at: number, forms: readonly string[]): number => {
  const short = forms.find((form) => form.length < SHORTEST && text.startsWith(form, at));
  if (short !== undefined) return short.length;
  const isPiece = (end: number): boolean => {
    const piece = text.slice(at, end);
    return forms.some((form) => form.includes(piece));
  };
  let length = 0;
  for (let end = at + SHORTEST; end <= text.length && isPiece(end); end++) length = end - at;
  return length;
};

/** As it is, reversed, escaped and encoded; of a JWS also claims and signature alone. */
const formsOf = (secret: string): readonly string[] => {
  const parts = secret.split('.');
  const forms = [
    secret,
    ...(parts.length === 3 ? parts.slice(1) : []),
    [...secret].reverse().join(''),
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    ...[0, 1, 2].flatMap((before) => base64Within(secret, before)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST_WHOLE);
};

/** The digits of Base64 that tell nothing but the secret, where so many bytes (of three) stand before it. */
const base64Within = (secret: string, before: number): readonly string[] => {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const whole = bytes.length % 3;
  return (['base64', 'base64url'] as const).map((encoding) => {
    const digits = bytes.toString(encoding).replace(/=+$/, '');
    return digits.slice(before === 0 ? 0 : before + 1, whole === 0 ? undefined : -1);
  });
};
