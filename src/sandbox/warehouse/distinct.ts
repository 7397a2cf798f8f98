/**
 * How many distinct users made so many sessions: about as many as there were sessions while they are few, then ever
 * fewer as people come back. The curve is concave, passes through 0 and never rises faster than the sessions,
 * which is what keeps every distinct count between its largest part and the sum of its parts.
 * @param sessions active sessions of one MVPD's subscribers.
 * @param dailySessions that MVPD's sessions on an average day: its size.
 */
export function distinctUsers(sessions: number, dailySessions: number): number {
  if (sessions === 0) return 0;
  const knee = dailySessions / 1.7;
  return Math.min(sessions, Math.ceil(knee * (Math.sqrt(1 + (2 * sessions) / knee) - 1)));
}
