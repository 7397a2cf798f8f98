import type { Secret } from './secret.ts';

const REDACTED = '[redacted]';
/** Nothing shorter can be told from a word. */
const SHORTEST = 8;
/** Tokens come and go; nobody speaks of one that was replaced so many times. */
const MOST_PASSING = 16;

/** The secrets that a process holds. Takes them out of texts, in whatever form they are written there. */
export class KnownSecrets {
  readonly #lasting = new Map<string, readonly string[]>();
  readonly #passing = new Map<string, readonly string[]>();

  /** Remembers a secret for good: a statement, a key, a password. */
  keep(secret: Secret | undefined): void {
    if (secret !== undefined) remember(this.#lasting, secret.reveal());
  }

  /** Remembers a secret until enough others have come: a token, or what was registered. */
  note(secret: Secret | undefined): void {
    if (secret === undefined) return;
    remember(this.#passing, secret.reveal());
    const [oldest] = this.#passing.keys();
    if (oldest !== undefined && this.#passing.size > MOST_PASSING) this.#passing.delete(oldest);
  }

  /** Replaces each whole secret. One search for each form, and nothing else, where there is none. */
  scrub(text: string): string {
    let scrubbed = text;
    for (const forms of [this.#lasting, this.#passing]) {
      for (const form of [...forms.values()].flat()) {
        if (scrubbed.includes(form)) scrubbed = scrubbed.replaceAll(form, REDACTED);
      }
    }
    return scrubbed;
  }

  /** The same for a text of somebody else, who may have cut a secret: its pieces go too. For short texts. */
  scrubPieces(text: string): string {
    const forms = [...this.#lasting.values(), ...this.#passing.values()].flat();
    let scrubbed = '';
    for (let at = 0; at < text.length; ) {
      const length = longestPiece(text, at, forms);
      scrubbed += length === 0 ? text[at] : REDACTED;
      at += Math.max(length, 1);
    }
    return scrubbed;
  }
}

/** Of what is sent as a header field, the part behind the scheme is the secret. */
const remember = (known: Map<string, readonly string[]>, text: string): void => {
  const secret = text.replace(/^(bearer|basic) /i, '');
  known.delete(secret);
  known.set(secret, formsOf(secret));
};

const longestPiece = (text: string, at: number, forms: readonly string[]): number => {
  let length = SHORTEST;
  if (at + length > text.length) return 0;
  const isPiece = (): boolean => {
    const piece = text.slice(at, at + length);
    return forms.some((form) => form.includes(piece));
  };
  if (!isPiece()) return 0;
  while (at + length < text.length) {
    length += 1;
    if (!isPiece()) return length - 1;
  }
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
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
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
