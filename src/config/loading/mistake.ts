import { didYouMean } from '../../base/did-you-mean.ts';
import { sentences } from '../../base/sentences.ts';

/** One thing wrong with the configuration, told so that a stranger can put it right. */
export interface ConfigMistake {
  /** The key, such as `listen.port`; empty when the whole file is meant. */
  readonly key: string;
  /** Where it was given: an environment variable, or `file:line`. Absent for what was not given at all. */
  readonly source?: string;
  /** What was given, fit to print: never the text of a secret, cut when long. */
  readonly given?: string;
  /** What was expected, or what to do: `an integer from 0 to 65535`. */
  readonly expected: string;
  /** What else a person can do about it, as a sentence. */
  readonly advice?: string;
  /** A file is not there: another program may be about to write it. */
  readonly mayCome?: true;
}

/** What a rule between settings finds: one of those that it looked at, and what to do. */
export interface Finding extends Pick<ConfigMistake, 'key' | 'expected'> {
  /** The other settings that it depends on: when one of them is wrong already, the rule has nothing to say. */
  readonly dependsOn?: readonly string[];
}

/** Something that works and that a person should know of. */
export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
}

export const unknownName = (
  typed: string,
  known: Iterable<string>,
  otherwise = 'there is no such setting',
): string => {
  const nearest = didYouMean(typed, known);
  return nearest === undefined ? otherwise : `unknown; did you mean ${nearest}?`;
};

const LONGEST = 80;
const HIDDEN = '(not shown)';

/** A JWS or JWE in compact form, wherever it was put by mistake. */
export const looksLikeJwt = (text: string): boolean => /eyJ[\w-]*\s*\.\s*[\w-]/.test(text);

/**
 * A given value as it may be printed. Secrets are put into the wrong key now and then, so that whatever looks
 * like one is hidden everywhere, and so are the user part and the query of URLs.
 */
export function printable(value: unknown, { secret = false } = {}): string {
  if (secret) return HIDDEN;
  if (value === null || value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  if (looksLikeJwt(text)) return HIDDEN;
  const safe = text.replace(/\/\/[^/?#\s"]*@/g, '//***@').replace(/\?[^"\s]*/g, '?***');
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
}

export function formatMistakes(mistakes: readonly ConfigMistake[]): string {
  const head =
    mistakes.length === 1
      ? 'cmu-proxy: the configuration has a mistake:'
      : `cmu-proxy: the configuration has ${mistakes.length} mistakes:`;
  return [head, ...mistakes.map((mistake) => `  ${formatMistake(mistake)}`), ''].join('\n');
}

/** `listen.port (CMU_PROXY_LISTEN_PORT): given "x", expected an integer from 0 to 65535`. */
export function formatMistake({ key, source, given, expected, advice }: ConfigMistake): string {
  const where = [key, source === undefined ? '' : key === '' ? source : `(${source})`]
    .filter(Boolean)
    .join(' ');
  const what = advice === undefined ? expected : sentences(expected, advice);
  return `${where}: ${given === undefined ? '' : `given ${given}, `}${what}`;
}
