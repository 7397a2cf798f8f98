import { readFileSync } from 'node:fs';
import { call } from '../../test/support/http-client.ts';

/** Resident memory of a process, in bytes; 0 once it is gone. */
export const residentBytes = (pid: number | undefined): number => {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/** Open files, sockets and the like of a process. */
export interface Handles {
  readonly sockets: number;
  readonly timers: number;
  readonly others: number;
}

const seriesValue = (metrics: string, series: string): number => {
  const line = metrics.split('\n').find((it) => it.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
};

/** What its own metrics say. */
export const readMetrics = async (
  adminUrl: string,
): Promise<{ readonly handles: Handles; readonly loopDelayMs: number; readonly heapBytes: number }> => {
  const { text } = await call(`${adminUrl}/metrics`);
  const resources = (type: string) => seriesValue(text, `nodejs_active_resources{type="${type}"}`);
  const sockets = resources('TCPSocketWrap');
  const timers = resources('Timeout');
  return {
    handles: {
      sockets,
      timers,
      others: seriesValue(text, 'nodejs_active_resources_total') - sockets - timers,
    },
    heapBytes: seriesValue(text, 'nodejs_heap_size_used_bytes'),
    loopDelayMs: 1000 * seriesValue(text, 'nodejs_eventloop_lag_p99_seconds'),
  };
};

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
