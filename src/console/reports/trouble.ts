import { h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../base/api.ts';
import { span } from '../base/format.ts';

export interface TroubleProps {
  readonly error: ApiError;
  /** Epoch milliseconds; `undefined` if it is not tried by itself. */
  readonly nextTryAt: number | undefined;
  readonly onRetry: () => void;
}

/** Why there is no report, and what happens next. */
export const Trouble = ({ error, nextTryAt, onRetry }: TroubleProps) => {
  const now = useSeconds(nextTryAt !== undefined);
  return h(
    'div',
    { class: 'alert', role: 'alert' },
    h('strong', {}, error.title),
    error.message !== '' && h('p', {}, error.message),
    h(
      'div',
      { class: 'row' },
      h('button', { type: 'button', onClick: onRetry }, 'Retry'),
      nextTryAt !== undefined &&
        h('span', { 'aria-hidden': true }, `Trying again in ${span(Math.max(0, nextTryAt - now))}.`),
    ),
  );
};

/** The time, each second while somebody wants to know. */
const useSeconds = (isWanted: boolean): number => {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isWanted) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isWanted]);
  return now;
};
