import { useEffect, useState } from 'preact/hooks';
import { ApiError, errorOf } from './api.ts';
import { parseReport, type Report } from './report-answer.ts';

export type ReportState =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: ApiError }
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

/** Fetches the report whenever the target changes; a slower answer to an older question is dropped. */
export const useReport = (target: string): { shown: ReportState; last: ReportState } => {
  const [shown, setShown] = useState<{ target: string; state: ReportState }>({ target: '', state: LOADING });
  useEffect(() => {
    const leaving = new AbortController();
    void fetchReport(target, leaving.signal).then((state) => {
      if (!leaving.signal.aborted) setShown({ target, state });
    });
    return () => leaving.abort();
  }, [target]);
  return { shown: shown.target === target ? shown.state : LOADING, last: shown.state };
};

const LOADING: ReportState = { state: 'loading' };

const fetchReport = async (target: string, signal: AbortSignal): Promise<ReportState> => {
  const startedAt = performance.now();
  try {
    const response = await fetch(target, { signal, headers: { Accept: 'application/json' } });
    if (!response.ok) return { state: 'failed', error: await errorOf(response) };
    const report = parseReport(await response.json());
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
    const detail = error instanceof TypeError ? error.message : 'The connection to the proxy was lost.';
    return { state: 'failed', error: new ApiError(0, 'The report could not be read', detail) };
  }
};
