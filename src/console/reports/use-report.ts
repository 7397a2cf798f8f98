import { useEffect, useState } from 'preact/hooks';
import { ApiError, errorOf } from '../base/api.ts';
import { parseReport, type Report } from '../report/report-answer.ts';

/** What is fetched, and as whom. */
export interface ReportRequest {
  readonly target: string;
  /** Dimensions that the answer has. */
  readonly dimensions: readonly string[];
  /** The caller's token, where the proxy wants one. */
  readonly token: string | undefined;
}

export type ReportState =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: ApiError; readonly nextTryAt: number | undefined }
  | { readonly state: 'there'; readonly report: Report; readonly delivery: Delivery };

/** How the report came. */
export interface Delivery {
  readonly durationMs: number;
  /** Bytes of the body as it travelled; `undefined` where the browser does not tell. */
  readonly bytes: number | undefined;
  /** `Cache-Status` of the proxy (RFC 9211). */
  readonly cacheStatus: string;
  /** Seconds; `undefined` if it came from Adobe just now. */
  readonly age: number | undefined;
}

export interface UsedReport {
  readonly shown: ReportState;
  /** The last report that came, whatever was asked: what stays on the page meanwhile. */
  readonly last: { readonly target: string; readonly report: Report } | undefined;
  readonly retry: () => void;
}

/**
 * Fetches the report whenever what is asked changes; a slower answer to an older question is dropped. What fails in
 * passing is tried again, less and less often, and at once when `health` changes.
 * @param request `undefined`: nothing is asked
 * @param health changes when the proxy has come back, or Adobe has
 */
export const useReport = (request: ReportRequest | undefined, health: string): UsedReport => {
  const target = request?.target ?? '';
  const key = `${target} ${request?.token ?? ''}`;
  const [shown, setShown] = useState<{ key: string; state: ReportState }>({ key: '', state: LOADING });
  const [last, setLast] = useState<UsedReport['last']>(undefined);
  const [attempt, setAttempt] = useState({ key, count: 0 });
  const count = attempt.key === key ? attempt.count : 0;
  const retry = (): void => setAttempt({ key, count: count + 1 });
  useEffect(() => {
    if (request === undefined) return;
    const leaving = new AbortController();
    void fetchReport(request, leaving.signal, count).then((state) => {
      if (leaving.signal.aborted) return;
      setShown({ key, state });
      if (state.state === 'there') setLast({ target, report: state.report });
    });
    return () => leaving.abort();
  }, [key, count]);
  const now = shown.key === key ? shown.state : LOADING;
  const nextTryAt = now.state === 'failed' ? now.nextTryAt : undefined;
  useEffect(() => {
    if (nextTryAt === undefined) return;
    const timer = setTimeout(retry, Math.max(0, nextTryAt - Date.now()));
    return () => clearTimeout(timer);
  }, [nextTryAt]);
  useEffect(() => {
    if (nextTryAt !== undefined) retry();
  }, [health]);
  return { shown: now, last, retry };
};

const LOADING: ReportState = { state: 'loading' };

const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 60_000;

const fetchReport = async (
  { target, dimensions, token }: ReportRequest,
  signal: AbortSignal,
  attempt: number,
): Promise<ReportState> => {
  const startedAt = performance.now();
  const headers = {
    Accept: 'application/json',
    ...(token === undefined ? {} : { 'X-Cmu-Proxy-Token': token }),
  };
  try {
    const response = await fetch(target, { signal, headers });
    if (!response.ok) return failed(await errorOf(response), attempt);
    const report = parseReport(await response.json(), dimensions);
    const age = response.headers.get('age');
    const sized = performance.getEntriesByName(new URL(target, window.location.href).href).at(-1);
    return {
      state: 'there',
      report,
      delivery: {
        durationMs: performance.now() - startedAt,
        bytes: sized instanceof PerformanceResourceTiming ? sized.encodedBodySize : undefined,
        cacheStatus: response.headers.get('cache-status') ?? '',
        age: age === null ? undefined : Number(age),
      },
    };
  } catch (error) {
    // `fetch` throws a TypeError of its own when there is no connection.
    const isOurs = error instanceof TypeError && error.message.startsWith('The answer');
    const detail = isOurs ? error.message : 'The connection to the proxy was lost.';
    return failed(new ApiError(isOurs ? 200 : 0, 'The report could not be read', detail), attempt);
  }
};

const failed = (error: ApiError, attempt: number): ReportState => {
  const wait = error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return { state: 'failed', error, nextTryAt: error.isPassing ? Date.now() + wait : undefined };
};
