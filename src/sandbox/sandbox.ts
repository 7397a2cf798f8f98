import type { Answer } from './answer.ts';
import { textAnswer } from './answer.ts';
import { type Control, createControl, type ShiftableClock } from './control.ts';
import type { ControlApi, ControlApiParts } from './control-api.ts';
import { Faults } from './faults.ts';
import { type Application, Applications } from './oauth/applications.ts';
import { authorize, bearerOf } from './oauth/bearer.ts';
import type { DcrContext } from './oauth/dcr-request.ts';
import { Grants } from './oauth/grants.ts';
import { register } from './oauth/register.ts';
import { generateSigningKey } from './oauth/signing-key.ts';
import { signStatement } from './oauth/statement.ts';
import { throttledAnswer } from './oauth/throttled.ts';
import { issueToken, token } from './oauth/token.ts';
import { changeVariants, type SandboxOptions, settle } from './options.ts';
import { answerReport } from './reports/answer-report.ts';
import { DEFAULT_LIMITS } from './reports/evaluate.ts';
import { ReportError } from './reports/report-error.ts';
import { parseReportTarget } from './reports/report-target.ts';
import { RowCache } from './reports/row-cache.ts';
import { buildTree } from './reports/tree.ts';
import { type RecordedRequest, type RequestCounts, type RequestKind, RequestLog } from './request-log.ts';
import { type SandboxRequest, startServer } from './server.ts';
import { callerOf, Throttle } from './throttle.ts';
import { Warehouse } from './warehouse/warehouse.ts';

/** A running stand-in for Adobe: its DCR server and its report API on one port of this machine. */
export interface Sandbox {
  /** `http://127.0.0.1:<port>`, without a slash at the end: base of both APIs. */
  readonly url: string;
  readonly port: number;
  /** A software statement for an application, as the TVE Dashboard would give it; for another name another one. */
  statement(name?: string): Promise<string>;
  /** A valid access token without DCR, for tests of report clients alone. */
  accessToken(name?: string): Promise<string>;
  readonly control: Control;
  /** The last requests, oldest first; those to `/_sandbox` are not among them. */
  requests(): readonly RecordedRequest[];
  readonly counts: RequestCounts;
  /** Stops at once: connections in use are ended too. */
  close(): Promise<void>;
}

const DEFAULT_APPLICATION = 'default';

function shiftable(now: () => number): ShiftableClock {
  let shifted = 0;
  return {
    now: () => now() + shifted,
    shift: (ms) => {
      shifted += ms;
    },
  };
}

function classify(target: string): RequestKind | 'control' {
  const path = target.split('?', 1)[0] ?? '';
  if (path === '/o/client/register') return 'register';
  if (path === '/o/client/token') return 'token';
  if (/^\/_sandbox($|\/)/.test(path)) return 'control';
  return /^\/(cmu\/v2|v2|esm\/v3)($|[/.])/.test(path) ? 'report' : 'other';
}

/** Loaded at its first call: few sandboxes are asked over HTTP, and checking bodies takes a library of 25 MB. */
function lazyControlApi(parts: ControlApiParts): ControlApi {
  let loading: Promise<ControlApi> | undefined;
  return async (request) => {
    loading ??= import('./control-api.ts').then(({ controlApi }) => controlApi(parts));
    return (await loading)(request);
  };
}

/**
 * Starts a sandbox.
 * @throws when the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settled = settle(options);
  const key = options.signingKey ?? (await generateSigningKey());
  const clock = shiftable(settled.now);
  const applications = new Applications();
  const grants = new Grants();
  const throttle = new Throttle(settled.throttle);
  const faults = new Faults(settled.random);
  const log = new RequestLog(settled.requestLogSize);
  const warehouse = new Warehouse(settled);
  const cache = new RowCache();
  const tree = buildTree(settled.minuteReports);
  let { variants } = settled;

  if (settled.latency.dcr > 0) faults.add({ kind: 'latency', ms: settled.latency.dcr, on: 'dcr' });
  if (settled.latency.report > 0) faults.add({ kind: 'latency', ms: settled.latency.report, on: 'report' });

  const control = createControl({
    clock,
    applications,
    grants,
    throttle,
    faults,
    log,
    variants: {
      current: () => variants,
      change: (changes) => {
        variants = changeVariants(variants, changes);
      },
    },
  });

  const dcrContext = (): DcrContext => ({ now: clock.now(), variants, key, applications, grants });

  function statement(name = DEFAULT_APPLICATION): Promise<string> {
    applications.byName(name);
    return signStatement(key, name, clock.now());
  }

  async function accessToken(name = DEFAULT_APPLICATION): Promise<string> {
    return (await issueToken('sandbox', applications.byName(name), dcrContext())).token;
  }

  async function answerDcr(request: SandboxRequest): Promise<Answer> {
    const forwardedFor = request.headers['x-forwarded-for']?.toString();
    if (!throttle.admit(callerOf(forwardedFor, request.address), clock.now())) return throttledAnswer();
    const query = request.target.split('?').slice(1).join('?');
    const endpoint = request.kind === 'register' ? register : token;
    return endpoint({ ...request, query }, dcrContext());
  }

  const tenantsOf = ({ tenants }: Application): ReadonlySet<string> =>
    new Set(tenants === 'all' ? settled.tenants : tenants);

  function report({ method, target, headers }: SandboxRequest): Answer {
    if (method !== 'GET') throw new ReportError(405, 'Only GET is supported.');
    const parsed = parseReportTarget(target, tree);
    if (parsed === undefined) throw new ReportError(404, 'Not found.');
    const now = clock.now();
    const application = authorize(bearerOf(headers, parsed.query), { grants, applications, now });
    const context = { warehouse, now, tenants: tenantsOf(application), limits: DEFAULT_LIMITS, cache };
    return answerReport(parsed, headers.accept, context);
  }

  function answerToError(error: ReportError): Answer {
    const headers = {
      401: { 'www-authenticate': 'Bearer realm="CMU", error="invalid_token"' },
      405: { allow: 'GET' },
    };
    return textAnswer(error.status, error.message, { ...headers[error.status as 401 | 405] });
  }

  const server = await startServer(
    {
      classify,
      faults,
      log,
      now: clock.now,
      async answer(request) {
        if (request.kind === 'other') return textAnswer(404, 'Not found.');
        if (request.kind !== 'report') return answerDcr(request);
        try {
          return report(request);
        } catch (error) {
          if (error instanceof ReportError) return answerToError(error);
          throw error;
        }
      },
      control: lazyControlApi({
        control,
        clock,
        applications,
        grants,
        throttle,
        faults,
        log,
        statement,
        accessToken,
      }),
    },
    settled,
  );

  return {
    url: `http://${settled.host}:${server.port}`,
    port: server.port,
    statement,
    accessToken,
    control,
    requests: () => log.list(),
    get counts() {
      return log.counts();
    },
    close: server.close,
  };
}
