import { type Answer, jsonAnswer, textAnswer } from './http/answer.ts';
import type { SandboxRequest } from './http/server.ts';
import { authorize, type Judges } from './oauth/bearer.ts';
import { Refused } from './oauth/refusals.ts';

/** Degradation rules by their name in the path, and their name in answers. */
const RULES = new Map([
  ['authnAll', 'authn-all'],
  ['authzAll', 'authz-all'],
  ['authzNone', 'authz-none'],
]);

interface Degradation {
  readonly rule: string;
  readonly programmer: string;
  readonly mvpd: string;
  /** Seconds. */
  readonly ttl: number;
  /** Epoch milliseconds. */
  readonly since: number;
}

const nothing = (): Answer => ({ status: 204, headers: {}, body: '' });
const bad = (what: string): Answer => textAnswer(400, what);
const notAllowed = (allow: string): Answer => textAnswer(405, `Use ${allow}.`, { allow });

/** As clients read it: times in seconds (docs/adobe.md §8). */
const measure = ({ rule, programmer, mvpd, ttl, since }: Degradation) => ({
  id: RULES.get(rule),
  programmer: { id: programmer },
  mvpd: { id: mvpd },
  'degradation-measure-enable': true,
  'degradation-measure-status': 'APPLIED',
  ttl,
  'activation-time': Math.floor(since / 1000),
});

/** `DELETE /reset-tempass/v3/reset` for devices, `…/generic` for users. */
function resetTempPass({ method }: SandboxRequest, query: URLSearchParams): Answer {
  if (method !== 'DELETE') return notAllowed('DELETE');
  const missing = ['requestor_id', 'mvpd_id'].find((name) => (query.get(name) ?? '') === '');
  return missing === undefined ? nothing() : bad(`${missing} is missing.`);
}

function ttlOf(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof value !== 'object' || value === null) return undefined;
    const ttl = 'ttl' in value ? value.ttl : 21_600;
    return typeof ttl === 'number' && ttl > 0 ? ttl : undefined;
  } catch {
    return undefined;
  }
}

/** The degradation rules in force. */
class Degradations {
  readonly #active = new Map<string, Degradation>();

  answer({ method, body }: SandboxRequest, rule: string, query: URLSearchParams, now: number): Answer {
    const [programmer, mvpd] = [query.get('programmer') ?? '', query.get('mvpd') ?? ''];
    if (programmer === '' || mvpd === '') return bad('programmer and mvpd are needed.');
    const names = rule === 'all' && method === 'GET' ? [...RULES.keys()] : [rule];
    if (!names.every((name) => RULES.has(name))) return textAnswer(404, 'No such rule.');
    const keyOf = (name: string) => JSON.stringify([name, programmer, mvpd]);
    if (method === 'DELETE') {
      this.#active.delete(keyOf(rule));
      return nothing();
    }
    if (method === 'PUT' || method === 'POST') {
      const ttl = ttlOf(body);
      if (ttl === undefined) return bad('The body must be a JSON object; "ttl" is a number of seconds.');
      const degradation = { rule, programmer, mvpd, ttl, since: now };
      this.#active.set(keyOf(rule), degradation);
      return jsonAnswer(method === 'PUT' ? 200 : 201, { 'degradation-measure': measure(degradation) });
    }
    if (method !== 'GET') return notAllowed('GET, PUT, POST, DELETE');
    const found = names.flatMap((name) => this.#active.get(keyOf(name)) ?? []);
    const applied = found.filter(({ since, ttl }) => now < since + ttl * 1000).map(measure);
    return jsonAnswer(200, { 'degradation-measure': rule === 'all' ? applied : (applied[0] ?? {}) });
  }
}

const TEMP_PASS = /^\/reset-tempass\/v3\/reset(\/generic)?$/;
const DEGRADATION = /^\/control\/v3\/degradation\/[^/]+\/([^/]+)$/;

export const isWritePath = (path: string): boolean => /^\/(reset-tempass|control)\//.test(path);

/** The APIs that write, so far as there is something to see of them: TempPass resets and degradation rules. */
export function writeEndpoint(judges: () => Judges): (request: SandboxRequest) => Answer {
  const degradations = new Degradations();
  return (request) => {
    const { target, headers } = request;
    const url = new URL(target, 'http://sandbox');
    try {
      authorize(target, headers, judges());
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
    if (TEMP_PASS.test(url.pathname)) return resetTempPass(request, url.searchParams);
    const rule = DEGRADATION.exec(url.pathname)?.[1];
    if (rule === undefined) return textAnswer(404, 'Not found.');
    return degradations.answer(request, rule, url.searchParams, judges().now);
  };
}
