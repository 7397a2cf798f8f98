import { type Answer, type HeaderValues, textAnswer } from '../http/answer.ts';
import type { SandboxRequest } from '../http/server.ts';
import type { Application } from '../oauth/applications.ts';
import { authorize, type Judges } from '../oauth/bearer.ts';
import { Refused } from '../oauth/refusals.ts';
import type { Profile } from '../options.ts';
import { Warehouse } from '../warehouse/warehouse.ts';
import { answerReport } from './answer-report.ts';
import { cmuCube, esmCube } from './cube/cube.ts';
import { type Cubes, parseReportTarget } from './query/report-target.ts';
import { ReportError } from './report-error.ts';
import { DEFAULT_LIMITS } from './rows/evaluate.ts';
import { RowCache } from './rows/row-cache.ts';

export interface ReportEndpointOptions {
  readonly seed: number;
  readonly tenants: readonly string[];
  readonly minuteReports: boolean;
  judges(): Judges;
  profile(): Profile;
}

/** Headers that go with an error's status (RFC 9110 §10.2.1). */
const ERROR_HEADERS: Readonly<Partial<Record<number, HeaderValues>>> = { 405: { allow: 'GET' } };

/** The report APIs: method, then token, then path and query, as the documented statuses have it (docs/adobe.md §6). */
export function reportEndpoint(options: ReportEndpointOptions): (request: SandboxRequest) => Answer {
  const { minuteReports } = options;
  // Made for the first report: many a sandbox is asked for tokens alone.
  let warehouse: Warehouse | undefined;
  const known = new Map<Profile, Cubes>();
  const cubesOf = (profile: Profile): Cubes => {
    const cubes = known.get(profile) ?? {
      cmu: cmuCube({ minuteReports, unpublished: profile === 'seen' }),
      esm: esmCube(),
    };
    known.set(profile, cubes);
    return cubes;
  };
  const cache = new RowCache();
  const tenantsOf = ({ tenants }: Application): ReadonlySet<string> =>
    new Set(tenants === 'all' ? options.tenants : tenants);

  const answer = ({ method, target, headers }: SandboxRequest): Answer => {
    if (method !== 'GET') throw new ReportError(405, 'Only GET is supported.');
    const profile = options.profile();
    const judges = options.judges();
    const application = authorize(target, headers, judges);
    const parsed = parseReportTarget(target, cubesOf(profile));
    if (parsed === undefined) throw new ReportError(404, 'Not found.');
    warehouse ??= new Warehouse(options);
    return answerReport(
      parsed,
      { accept: headers.accept, ifModifiedSince: headers['if-modified-since'] },
      {
        warehouse,
        now: judges.now,
        tenants: tenantsOf(application),
        restricted: application.tenants !== 'all',
        limits: DEFAULT_LIMITS,
        cache,
        profile,
      },
    );
  };

  return (request) => {
    try {
      return answer(request);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      if (error instanceof ReportError)
        return textAnswer(error.status, error.message, ERROR_HEADERS[error.status]);
      throw error;
    }
  };
}
