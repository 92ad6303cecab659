/** Asks for money; a clinic's own payment system goes behind it. */
export interface PaymentPort {
  /**
   * Called when a visit is to be paid, and again whenever a page asks how: the same reference never costs twice. Must not throw for "not now";
   * `counter` is always an answer.
   */
  request(payment: PaymentRequest): Promise<PaymentWay>;
}

export interface PaymentRequest {
  /** The case; at most one payment each. */
  reference: string;
  /** In fen. */
  amountFen: number;
  institutionId: string;
}

/** Where the patient pays: at the clinic, or at an address of the payment system, which tells the hub by `settled`. */
export type PaymentWay = { how: 'counter' } | { how: 'online'; url: string };

/** What a clinic without a payment system does. */
export const payAtTheCounter: PaymentPort = {
  request: () => Promise.resolve({ how: 'counter' }),
};
