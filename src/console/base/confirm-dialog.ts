import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface ConfirmDialogProps {
  readonly title: string;
  /** What the button that does it says. */
  readonly action: string;
  readonly look: 'primary' | 'danger';
  readonly onConfirm: () => void;
  /** Called whichever way it is left. */
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** Asks before something is done. The browser's own dialog keeps the focus inside and closes on Escape. */
export const ConfirmDialog = ({ title, action, look, onConfirm, onClose, children }: ConfirmDialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => dialog.current?.close();
  return h(
    'dialog',
    { ref: dialog, onClose, 'aria-labelledby': 'confirm-title' },
    h('h2', { id: 'confirm-title' }, title),
    h('div', { class: 'question' }, children),
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', onClick: close }, 'Cancel'),
      h(
        'button',
        {
          type: 'button',
          class: look,
          onClick: () => {
            onConfirm();
            close();
          },
        },
        action,
      ),
    ),
  );
};
