import { errorCode } from '../base/error-code.ts';
import { scrub } from './log-redaction.ts';

const LONGEST_MESSAGE = 1000;
const MOST_CAUSES = 5;
const MOST_FRAMES = 12;

/**
 * What a log line may tell of an error: everything else that hangs on it (bodies, requests, headers) stays out.
 * Messages are passed through `scrub`: an error that we did not make may quote its input.
 * @param frames also tells the stack's, without the message that V8 puts before them
 */
export function loggableError(thrown: unknown, { frames = false } = {}) {
  if (!(thrown instanceof Error)) return { name: 'NonError', message: `a ${typeof thrown} was thrown` };
  const code = errorCode(thrown);
  const advice = adviceOf(thrown);
  const causes = causesOf(thrown);
  return {
    name: thrown.name,
    ...(code !== undefined && { code }),
    // V8's JSON errors quote the text they could not parse, which may be a token endpoint's answer.
    message:
      thrown instanceof SyntaxError
        ? 'a text could not be parsed'
        : scrub(thrown.message.slice(0, LONGEST_MESSAGE)),
    ...(advice !== undefined && { advice: scrub(advice) }),
    ...(causes.length > 0 && { causes }),
    ...(frames && { frames: framesOf(thrown) }),
  };
}

/** Names and codes, outermost first; their messages may quote what came over the wire. */
const causesOf = ({ cause }: Error, most = MOST_CAUSES): string[] =>
  cause instanceof Error && most > 0 ? [errorCode(cause) ?? cause.name, ...causesOf(cause, most - 1)] : [];

const framesOf = (error: Error): string[] =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.trim().slice(3));

const adviceOf = (error: Error): string | undefined =>
  'advice' in error && typeof error.advice === 'string' ? error.advice : undefined;
