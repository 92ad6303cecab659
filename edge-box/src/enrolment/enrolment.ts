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
    const boxId = this.#identity.enrolmentWith(this.#config.hubUrl)?.boxId ?? (await this.#enrol());
    try {
      const token = await fetchBoxToken(this.#config.hubUrl, this.#identity.proveFor(boxId, Math.round(nowMs)));
      this.#state = 'enrolled';
      return token;
    } catch (error) {
      throw this.#judge(error, 'the hub refuses this box: it may have been revoked, or the clock is wrong');
    }
  }

  async #enrol(): Promise<string> {
    const { hubUrl, name, code } = this.#config;
    if (code === undefined) throw new EnrolmentRequired('not enrolled: give the box a one-time code (ENROL_CODE)');
    this.#state = 'enrolling';
    try {
      const boxId = await enrolBox(hubUrl, { code, publicKey: this.#identity.publicKey, name });
      this.#identity.saveEnrolment({ boxId, hubUrl });
      this.#state = 'enrolled';
      return boxId;
    } catch (error) {
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
