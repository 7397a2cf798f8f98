import { type Control, createControl, type ShiftableClock } from './control/control.ts';
import type { ControlApi, ControlApiParts } from './control/control-api.ts';
import { Faults } from './control/faults.ts';
import { textAnswer } from './http/answer.ts';
import {
  type RecordedRequest,
  type RequestCounts,
  type RequestKind,
  RequestLog,
} from './http/request-log.ts';
import { startServer } from './http/server.ts';
import { Applications } from './oauth/applications.ts';
import { dcrEndpoint } from './oauth/dcr-endpoint.ts';
import type { DcrContext } from './oauth/dcr-request.ts';
import { Grants } from './oauth/grants.ts';
import { generateSigningKey } from './oauth/signing-key.ts';
import { signStatement } from './oauth/statement.ts';
import { Throttle } from './oauth/throttle.ts';
import { issueToken } from './oauth/token.ts';
import { changeVariants, type SandboxOptions, settle } from './options.ts';
import { isReportPath } from './reports/query/report-target.ts';
import { reportEndpoint } from './reports/report-endpoint.ts';
import { isWritePath, writeEndpoint } from './writes.ts';

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
  if (isReportPath(path)) return 'report';
  return isWritePath(path) ? 'api' : 'other';
}

/** Loaded at its first call: few sandboxes are asked over HTTP. */
function lazyControlApi(parts: ControlApiParts): ControlApi {
  let loading: Promise<ControlApi> | undefined;
  return async (request) => {
    loading ??= import('./control/control-api.ts').then(({ controlApi }) => controlApi(parts));
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

  const dcr = dcrEndpoint(throttle, dcrContext);
  const judges = () => ({ grants, applications, now: clock.now(), tokenLag: variants.tokenLag });
  const report = reportEndpoint({ ...settled, judges, profile: () => variants.profile });
  const write = writeEndpoint(judges);
  const controlApi = lazyControlApi({
    control,
    clock,
    applications,
    grants,
    throttle,
    faults,
    log,
    statement,
    accessToken,
  });

  const server = await startServer(
    {
      classify,
      faults,
      log,
      now: clock.now,
      async answer(request) {
        if (request.kind === 'other') return textAnswer(404, 'Not found.');
        if (request.kind === 'api') return write(request);
        return request.kind === 'report' ? report(request) : dcr(request);
      },
      control: controlApi,
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
