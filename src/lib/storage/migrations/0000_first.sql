CREATE TABLE "account" (
	"id" text PRIMARY KEY NOT NULL,
	"username" text NOT NULL,
	"display_name" text NOT NULL,
	"password_hash" text NOT NULL,
	"roles" text[] NOT NULL,
	"institution_id" text NOT NULL,
	"locale" text DEFAULT 'zh-CN' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	CONSTRAINT "account_username_unique" UNIQUE("username"),
	CONSTRAINT "account_username_lower" CHECK ("account"."username" = lower("account"."username")),
	CONSTRAINT "account_roles_known" CHECK ("account"."roles" <@ ARRAY['rural_doctor', 'specialist', 'sonographer', 'surgeon', 'proctor', 'anaesthetist', 'nurse', 'interpreter', 'observer', 'pharmacist', 'dispatcher', 'administrator']::text[] AND cardinality("account"."roles") > 0),
	CONSTRAINT "account_locale_known" CHECK ("account"."locale" IN ('zh-CN', 'en'))
);
--> statement-breakpoint
CREATE TABLE "box" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"institution_id" text NOT NULL,
	"public_key" text,
	"status" text DEFAULT 'awaiting' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"enrolled_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"last_seen_at" timestamp (3) with time zone,
	CONSTRAINT "box_status_known" CHECK ("box"."status" IN ('awaiting', 'enrolled', 'revoked')),
	CONSTRAINT "box_enrolled_has_key" CHECK ("box"."status" <> 'enrolled' OR "box"."public_key" IS NOT NULL),
	CONSTRAINT "box_revoked_at" CHECK (("box"."status" = 'revoked') = ("box"."revoked_at" IS NOT NULL))
);
--> statement-breakpoint
CREATE TABLE "box_enrolment_code" (
	"hash" text PRIMARY KEY NOT NULL,
	"box_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "box_token" (
	"hash" text PRIMARY KEY NOT NULL,
	"box_id" text NOT NULL,
	"nonce" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "box_token_nonce" UNIQUE("box_id","nonce")
);
--> statement-breakpoint
CREATE TABLE "institution" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "institution_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"room_id" text NOT NULL,
	"role" text NOT NULL,
	"name" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"redeemed_at" timestamp (3) with time zone,
	CONSTRAINT "invitation_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "invitation_role_known" CHECK ("invitation"."role" IN ('patient', 'interpreter', 'observer'))
);
--> statement-breakpoint
CREATE TABLE "login_attempt" (
	"key" text PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"window_ends_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "room" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"patient" jsonb,
	"status" text DEFAULT 'open' NOT NULL,
	"institution_id" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"box_id" text,
	CONSTRAINT "room_kind_known" CHECK ("room"."kind" IN ('consult', 'outpatient', 'exam', 'surgery')),
	CONSTRAINT "room_status_known" CHECK ("room"."status" IN ('open', 'ended'))
);
--> statement-breakpoint
CREATE TABLE "room_event" (
	"room_id" text NOT NULL,
	"seq" integer NOT NULL,
	"epoch" integer NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "room_event_room_id_seq_pk" PRIMARY KEY("room_id","seq")
);
--> statement-breakpoint
CREATE TABLE "room_participant" (
	"room_id" text NOT NULL,
	"account_id" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "room_participant_room_id_account_id_pk" PRIMARY KEY("room_id","account_id"),
	CONSTRAINT "room_participant_role_known" CHECK ("room_participant"."role" IN ('rural_doctor', 'specialist', 'sonographer', 'surgeon', 'proctor', 'anaesthetist', 'nurse', 'interpreter', 'observer', 'patient', 'dispatcher', 'box'))
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text,
	"invitation_id" text,
	"user_agent" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "session_of_one" CHECK (num_nonnulls("session"."account_id", "session"."invitation_id") = 1)
);
--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box" ADD CONSTRAINT "box_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_enrolment_code" ADD CONSTRAINT "box_enrolment_code_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_token" ADD CONSTRAINT "box_token_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room" ADD CONSTRAINT "room_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room" ADD CONSTRAINT "room_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room" ADD CONSTRAINT "room_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_event" ADD CONSTRAINT "room_event_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_participant" ADD CONSTRAINT "room_participant_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "room_participant" ADD CONSTRAINT "room_participant_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_invitation_id_invitation_id_fk" FOREIGN KEY ("invitation_id") REFERENCES "public"."invitation"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_institution" ON "account" USING btree ("institution_id");--> statement-breakpoint
CREATE UNIQUE INDEX "box_public_key" ON "box" USING btree ("public_key") WHERE "box"."status" = 'enrolled';--> statement-breakpoint
CREATE INDEX "box_institution" ON "box" USING btree ("institution_id");--> statement-breakpoint
CREATE INDEX "box_enrolment_code_box" ON "box_enrolment_code" USING btree ("box_id");--> statement-breakpoint
CREATE INDEX "box_token_expires" ON "box_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "invitation_room" ON "invitation" USING btree ("room_id");--> statement-breakpoint
CREATE UNIQUE INDEX "room_box" ON "room" USING btree ("box_id");--> statement-breakpoint
CREATE INDEX "room_institution" ON "room" USING btree ("institution_id");--> statement-breakpoint
CREATE INDEX "room_participant_account" ON "room_participant" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "session_account" ON "session" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "session_invitation" ON "session" USING btree ("invitation_id");--> statement-breakpoint
CREATE INDEX "session_expires" ON "session" USING btree ("expires_at");