export interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'warn';
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 6000;
/** Long enough to read the sentence, decide and reach the button. */
const SHOWN_WITH_ACTION_MS = 12_000;
const MOST = 4;

class Toasts {
  list = $state<Toast[]>([]);
  #nextId = 1;

  show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
    const toast: Toast = { id: this.#nextId++, text, tone: options.tone ?? 'info', action: options.action };
    this.list = [...this.list, toast].slice(-MOST);
    setTimeout(() => this.dismiss(toast.id), toast.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

/** Says something in passing; what must not be missed belongs into a Banner. */
export function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
  toasts.show(text, options);
}
