import { type Answer, jsonAnswer, textAnswer } from '../http/answer.ts';
import type { SandboxRequest } from '../http/server.ts';
import { openApiDocument } from '../openapi/openapi.ts';
import { BadCall } from './bad-call.ts';
import type { Control, ControlParts } from './control.ts';
import type { Body, BodyName } from './control-bodies.ts';

type ControlRequest = Omit<SandboxRequest, 'kind'>;

export type ControlApi = (request: ControlRequest) => Promise<Answer>;

export interface ControlApiParts extends Omit<ControlParts, 'variants'> {
  readonly control: Control;
  statement(name?: string): Promise<string>;
  accessToken(name?: string): Promise<string>;
}

/** A request of the fault API, taken apart. */
interface Call {
  readonly query: URLSearchParams;
  /** What stands in the place of the route's `*`. */
  readonly name: string;
  /** The body, checked. @throws {BadCall} */
  body<Name extends BodyName>(name: Name): Promise<Body<Name>>;
}

type Handler = (call: Call) => Answer | Promise<Answer>;

const done = (value: unknown = { ok: true }): Answer => jsonAnswer(200, value);

function routes({ control, applications, grants, throttle, faults, log, clock, ...parts }: ControlApiParts) {
  const status = () => ({
    now: new Date(clock.now()).toISOString(),
    counts: log.counts(),
    valid: grants.size,
    throttle: throttle.rate,
    faults: faults.list(),
    variants: control.setVariants({}),
    applications: applications.list(),
    calls: Object.keys(table),
  });
  const table: Readonly<Record<string, Handler>> = {
    'GET /_sandbox': () => done(status()),
    'GET /_sandbox/openapi.json': () => done(openApiDocument()),
    'GET /_sandbox/statement': async ({ query }) =>
      textAnswer(200, await parts.statement(query.get('name') ?? undefined)),
    'GET /_sandbox/token': async ({ query }) =>
      textAnswer(200, await parts.accessToken(query.get('name') ?? undefined)),
    'GET /_sandbox/requests': ({ query }) => {
      const kind = query.get('kind');
      return done(log.list().filter((request) => kind === null || request.kind === kind));
    },
    'DELETE /_sandbox/requests': () => {
      log.clear();
      return done();
    },
    'POST /_sandbox/revoke-tokens': () => done({ revoked: control.revokeTokens() }),
    'POST /_sandbox/forget-clients': async ({ body }) =>
      done({ forgotten: control.forgetClients((await body('forget')).as) }),
    'PUT /_sandbox/applications/*': async ({ name, body }) =>
      done(control.setApplication(name, await body('application'))),
    'PUT /_sandbox/throttle': async ({ body }) => {
      control.setThrottle(await body('throttle'));
      return done();
    },
    'GET /_sandbox/faults': () => done(faults.list()),
    'POST /_sandbox/faults': async ({ body }) => {
      faults.add(await body('fault'));
      return done(faults.list());
    },
    'DELETE /_sandbox/faults': () => {
      faults.clear();
      return done();
    },
    'POST /_sandbox/clock': async ({ body }) => {
      control.shiftClock((await body('clock')).shiftMs);
      return done({ now: new Date(clock.now()).toISOString() });
    },
    'PATCH /_sandbox/variants': async ({ body }) => done(control.setVariants(await body('variants'))),
  };
  return table;
}

/** Says whether a web page of another origin asks: no page that is open by chance may break the sandbox. */
const isForeign = (origin: string | undefined, host: string | undefined): boolean =>
  origin !== undefined && origin !== `http://${host}`;

/** The fault API of a sandbox, as `docs/sandbox.md` describes it. */
export function controlApi(parts: ControlApiParts): ControlApi {
  const table = routes(parts);
  const find = (method: string, path: string): { handler: Handler | undefined; name: string } => {
    const handler = table[`${method} ${path}`];
    if (handler !== undefined) return { handler, name: '' };
    const slash = path.lastIndexOf('/');
    return { handler: table[`${method} ${path.slice(0, slash)}/*`], name: path.slice(slash + 1) };
  };
  return async ({ method, target, headers, body }) => {
    if (isForeign(headers.origin, headers.host)) {
      return jsonAnswer(403, { error: `pages of ${headers.origin} may not call this` });
    }
    const url = new URL(target, 'http://sandbox');
    const { handler, name } = find(method, url.pathname.replace(/\/$/, ''));
    if (handler === undefined) {
      return jsonAnswer(404, { error: `no such call: ${method} ${url.pathname}`, calls: Object.keys(table) });
    }
    try {
      return await handler({
        query: url.searchParams,
        name: decodeURIComponent(name),
        // Most calls have none, and the library that checks them takes 25 MB.
        body: async (name) => (await import('./control-bodies.ts')).parseBody(name, body),
      });
    } catch (error) {
      if (error instanceof BadCall || error instanceof URIError)
        return jsonAnswer(400, { error: error.message });
      throw error;
    }
  };
}
