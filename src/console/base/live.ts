import { useEffect, useState } from 'preact/hooks';
import type { LiveEvent } from '../../admin/wire.ts';

/** A look at the proxy, and when it came. */
export interface Moment {
  /** Epoch milliseconds, by this browser's clock. */
  readonly at: number;
  readonly event: LiveEvent;
}

export interface Live {
  readonly connected: boolean;
  /** The last minutes, oldest first. */
  readonly moments: readonly Moment[];
}

/** Five minutes at one a second. */
const MOST_MOMENTS = 300;

/** Follows `GET /api/events` for as long as the component lives; the browser connects anew by itself. */
export const useLive = (): Live => {
  const [live, setLive] = useState<Live>({ connected: false, moments: [] });
  useEffect(() => {
    const source = new EventSource('/api/events');
    source.onmessage = ({ data }) => {
      const moment: Moment = { at: Date.now(), event: JSON.parse(String(data)) };
      setLive(({ moments }) => ({
        connected: true,
        moments: [...moments.slice(1 - MOST_MOMENTS), moment],
      }));
    };
    source.onerror = () => setLive(({ moments }) => ({ connected: false, moments }));
    return () => source.close();
  }, []);
  return live;
};
