import { inspect } from 'node:util';

export const REDACTED = '[redacted]';

/**
 * A string that cannot be printed by accident: `JSON.stringify`, template strings, concatenation, `util.inspect`
 * and `console.log` all show `[redacted]`. The text leaves only through {@link Secret.reveal}, so that
 * every place where it does can be found with one search.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it only where the text is put on the wire or into the sealed store. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Whether two values are written the same as JSON, with the secrets in them, at any depth. */
export const isSame = (one: unknown, other: unknown): boolean => revealed(one) === revealed(other);

const revealed = (value: unknown): string | undefined =>
  JSON.stringify(value, function (this: Record<string, unknown>, key, written: unknown) {
    const own = this[key];
    return own instanceof Secret ? own.reveal() : written;
  });
