import { HubApiError, enrolBox, fetchBoxToken } from './hub-api.ts';
import type { BoxToken } from './hub-api.ts';
import type { BoxIdentity } from './identity.ts';

/**
 * Where this box stands with its hub:
 * `unenrolled` no code yet; `enrolling` a code is being used; `enrolled` known and trusted; `refused` the hub does not (or no longer) want it: a
 * person must give it a new code.
 */
export type EnrolmentState = 'unenrolled' | 'enrolling' | 'enrolled' | 'refused';

export interface EnrolmentConfig {
  hubUrl: string;
  name: string;
  code: string | undefined;
}

export class EnrolmentRequired extends Error {
  override readonly name = 'EnrolmentRequired';
}

/** Enrols once, and from then on proves who the box is whenever a token is needed. */
export class BoxEnrolment {
  readonly #identity: BoxIdentity;
  readonly #config: EnrolmentConfig;
  #state: EnrolmentState;
  /** A one-time code that the hub has answered, yes or no, is spent. */
  #codeTried = false;

  constructor(identity: BoxIdentity, config: EnrolmentConfig) {
    this.#identity = identity;
    this.#config = config;
    this.#state = identity.enrolmentWith(config.hubUrl) ? 'enrolled' : 'unenrolled';
  }

  get state(): EnrolmentState {
    return this.#state;
  }

  /**
   * A fresh token, after enrolling if that is still to be done.
   * @throws {EnrolmentRequired} when a person must act; {HubApiError} `unreachable` when trying again later may help.
   */
  async token(nowMs: number): Promise<BoxToken> {
    const known = this.#identity.enrolmentWith(this.#config.hubUrl);
    if (!known) return this.#tokenFor(await this.#enrol(), nowMs);
    try {
      return await this.#tokenFor(known.boxId, nowMs);
    } catch (error) {
      // A hub that forgot or revoked this box, and a person who gave it a new code.
      if (!(error instanceof EnrolmentRequired) || this.#config.code === undefined || this.#codeTried)
        throw error;
      return this.#tokenFor(await this.#enrol(), nowMs);
    }
  }

  async #tokenFor(boxId: string, nowMs: number): Promise<BoxToken> {
    try {
      const token = await fetchBoxToken(
        this.#config.hubUrl,
        this.#identity.proveFor(boxId, Math.round(nowMs)),
      );
      this.#state = 'enrolled';
      return token;
    } catch (error) {
      throw this.#judge(error, 'the hub refuses this box: it may have been revoked, or the clock is wrong');
    }
  }

  async #enrol(): Promise<string> {
    const { hubUrl, name, code } = this.#config;
    if (code === undefined || this.#codeTried)
      throw new EnrolmentRequired('not enrolled: give the box a new one-time code (ENROL_CODE)');
    this.#state = 'enrolling';
    try {
      const boxId = await enrolBox(hubUrl, { code, publicKey: this.#identity.publicKey, name });
      this.#codeTried = true;
      this.#identity.saveEnrolment({ boxId, hubUrl });
      this.#state = 'enrolled';
      return boxId;
    } catch (error) {
      this.#codeTried ||= error instanceof HubApiError && error.reason === 'refused';
      throw this.#judge(error, 'the hub refuses the enrolment code: it may be used up or expired');
    }
  }

  #judge(error: unknown, refusal: string): unknown {
    if (error instanceof HubApiError && error.reason === 'refused') {
      this.#state = 'refused';
      return new EnrolmentRequired(refusal, { cause: error });
    }
    return error;
  }
}
