import { errorCode, firstFailure, isTlsFailure } from '../../base/error-code.ts';
import { parsedJson } from '../../base/json.ts';
import type { Milliseconds } from '../../base/units.ts';
import { trimmed } from '../../http/fields.ts';
import { DcrError } from '../../oauth/index.ts';
import { MissingScopeError } from '../../upstream/bearer-authentication.ts';
import { type Finding, failed, failedCall, inSeconds, ok } from './finding.ts';

const step = 'Report';

/** The answer to one report request, as far as it tells how things stand. */
export interface ProbedAnswer {
  readonly status: number;
  readonly contentType: string;
  /** The pause that it asks for. */
  readonly retryAfter: Milliseconds | undefined;
  /** The start of the body, for judging its kind only; not to be shown. */
  readonly body: string;
  readonly milliseconds: number;
}

const WHAT_ANSWERS =
  'Check `upstream.url`, and what stands between this host and Adobe (a proxy, a login page).';

export const ASK_FOR_SCOPE =
  'Ask your Adobe contact to grant it to the application that the statement was made for.';

type Meaning = readonly [what: string, advice: string];

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: [
    'it takes no token, not even a new one',
    'Check that `dcr.url` and `upstream.url` belong to the same environment (production or staging), and that the application has the scope for this API.',
  ],
  403: [
    'the token is good, but may not read this report',
    'Ask your Adobe contact to allow CMU reports for the application that the statement was made for (its tenant, and the scope of the API).',
  ],
  404: [
    'there is no such report',
    'Check `upstream.prefix`: `/cmu/v2` in production; the staging host has `/v2`.',
  ],
  407: ['something in between wants credentials of its own', WHAT_ANSWERS],
};

function meaningOf({ status, retryAfter }: ProbedAnswer): Meaning {
  if (status === 429) {
    const pause = retryAfter === undefined ? 'a minute' : inSeconds(retryAfter);
    const advice = `Wait ${pause} and check again. Other callers of the same account use the allowance up.`;
    return ['too many requests; the set-up itself is fine', advice];
  }
  if (status >= 300 && status < 400) return ['a redirect, which is not followed with a token', WHAT_ANSWERS];
  if (status < 500) return BY_STATUS[status] ?? ['unexpected', WHAT_ANSWERS];
  const advice = 'Check again in some minutes; if it persists, ask Adobe.';
  return ['the API has trouble; the set-up itself may be fine', advice];
}

/** What an answer of the report API says about the set-up (docs/adobe.md §6). */
export function verdictOn(url: string, answer: ProbedAnswer): Finding {
  if (answer.status === 200) return verdictOnBody(url, answer);
  const [what, advice] = meaningOf(answer);
  return failed(step, `${url}\nanswers ${answer.status}: ${what}`, advice);
}

function verdictOnBody(url: string, { contentType, body, milliseconds }: ProbedAnswer): Finding {
  const rows = rowsIn(body);
  if (rows === undefined) {
    const kind = contentType === '' ? 'no media type' : trimmed(contentType.split(';')[0] ?? '');
    return failed(step, `${url}\nanswers 200, but no report (${kind})`, WHAT_ANSWERS);
  }
  const amount = rows === 1 ? 'one row' : `${rows} rows`;
  return ok(step, `${url}\nanswers 200 with ${amount} in ${Math.round(milliseconds)} ms`);
}

/** The number of rows of a HAL report (docs/adobe.md §6), or `undefined` for anything else. */
function rowsIn(body: string): number | undefined {
  const json = parsedJson(body);
  if (typeof json !== 'object' || json === null || !('report' in json)) return undefined;
  return Array.isArray(json.report) ? json.report.length : 1;
}

const NETWORK = 'Check `upstream.url`, and whether a firewall or proxy lets this host through.';

/**
 * What it says that there is no answer, or that the application lacks a scope (docs/adobe.md §7). A network's error is
 * told by its code, as its message may hold anything.
 */
export function verdictOnFailure(url: string, thrown: unknown): Finding {
  if (thrown instanceof DcrError) return failedCall(step, thrown);
  if (thrown instanceof MissingScopeError) {
    const { status, scope = '(not named)' } = thrown.refusal;
    return failed(step, `${url}\nanswers ${status}: the application lacks the scope ${scope}`, ASK_FOR_SCOPE);
  }
  const [what, advice] = silenceOf(codeOf(thrown), thrown);
  return failed(step, `${url}\ndoes not answer: ${what}`, advice);
}

function silenceOf(code: string, thrown: unknown): Meaning {
  if (isTlsFailure(code)) {
    const advice = 'If a private authority signs for it, give its certificate as `upstream.caFile`.';
    return [`its certificate is not trusted (${code})`, advice];
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [`its name cannot be resolved (${code})`, 'Check `upstream.url` and the DNS of this host.'];
    case 'PROXY_UNREACHABLE':
    case 'PROXY_REFUSED': {
      const advice = 'Check `upstream.proxy`, or HTTPS_PROXY and NO_PROXY where that is empty.';
      return [thrown instanceof Error ? `${thrown.message} (${code})` : code, advice];
    }
    case 'CONNECT_TIMEOUT':
    case 'HEAD_TIMEOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return [`time-out (${code})`, NETWORK];
    default:
      return [code, NETWORK];
  }
}

function codeOf(failed: unknown): string {
  const thrown = firstFailure(failed);
  return thrown instanceof Error ? (errorCode(thrown) ?? thrown.name) : 'unknown failure';
}
