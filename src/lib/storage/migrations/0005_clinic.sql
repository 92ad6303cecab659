CREATE TABLE "case_attachment" (
	"id" text PRIMARY KEY NOT NULL,
	"case_id" text NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"size_bytes" integer NOT NULL,
	"sha256" text NOT NULL,
	"added_by" text NOT NULL,
	"added_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"removed_by" text,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "case_attachment_part" (
	"attachment_id" text NOT NULL,
	"number" integer NOT NULL,
	"data" "bytea" NOT NULL,
	CONSTRAINT "case_attachment_part_attachment_id_number_pk" PRIMARY KEY("attachment_id","number")
);
--> statement-breakpoint
CREATE TABLE "case_document" (
	"id" text PRIMARY KEY NOT NULL,
	"case_id" text NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"sections" jsonb NOT NULL,
	"body" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"final_by" text,
	"final_at" timestamp (3) with time zone,
	CONSTRAINT "case_document_kind_known" CHECK ("case_document"."kind" IN ('opinion', 'note', 'prescription', 'report', 'debrief')),
	CONSTRAINT "case_document_state_known" CHECK ("case_document"."state" IN ('draft', 'final', 'superseded')),
	CONSTRAINT "case_document_final" CHECK (("case_document"."state" = 'draft') = ("case_document"."final_at" IS NULL))
);
--> statement-breakpoint
CREATE TABLE "case_link" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"case_id" text NOT NULL,
	"patient_id" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"redeemed_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "case_link_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "ai_model" (
	"id" text PRIMARY KEY NOT NULL,
	"institution_id" text NOT NULL,
	"name" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "ai_model_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "ai_suggestion" (
	"id" text PRIMARY KEY NOT NULL,
	"case_id" text NOT NULL,
	"model_id" text NOT NULL,
	"model_version" text NOT NULL,
	"finding" text NOT NULL,
	"confidence" double precision NOT NULL,
	"region" jsonb,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decision" text,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "ai_suggestion_confidence" CHECK ("ai_suggestion"."confidence" BETWEEN 0 AND 1),
	CONSTRAINT "ai_suggestion_decision_known" CHECK ("ai_suggestion"."decision" IN ('accepted', 'rejected'))
);
--> statement-breakpoint
CREATE TABLE "questionnaire" (
	"id" text PRIMARY KEY NOT NULL,
	"institution_id" text NOT NULL,
	"key" text NOT NULL,
	"version" integer NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"definition" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp (3) with time zone,
	CONSTRAINT "questionnaire_state_known" CHECK ("questionnaire"."state" IN ('draft', 'published', 'retired'))
);
--> statement-breakpoint
CREATE TABLE "queue_entry" (
	"case_id" text PRIMARY KEY NOT NULL,
	"institution_id" text NOT NULL,
	"doctor_id" text NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"rank" double precision NOT NULL,
	"arrived_at" timestamp (3) with time zone NOT NULL,
	"called_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"missed_calls" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "queue_entry_state_known" CHECK ("queue_entry"."state" IN ('waiting', 'called', 'in_visit', 'done', 'left'))
);
--> statement-breakpoint
CREATE TABLE "appointment" (
	"id" text PRIMARY KEY NOT NULL,
	"slot_id" text NOT NULL,
	"case_id" text NOT NULL,
	"patient_id" text NOT NULL,
	"state" text DEFAULT 'booked' NOT NULL,
	"sequence" integer DEFAULT 0 NOT NULL,
	"booked_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	CONSTRAINT "appointment_state_known" CHECK ("appointment"."state" IN ('booked', 'cancelled', 'kept', 'missed'))
);
--> statement-breakpoint
CREATE TABLE "contact_preference" (
	"account_id" text PRIMARY KEY NOT NULL,
	"email" text,
	"email_on" boolean DEFAULT false NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"case_id" text,
	"kind" text NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reminder" (
	"id" text PRIMARY KEY NOT NULL,
	"dedupe_key" text NOT NULL,
	"case_id" text,
	"recipient" text NOT NULL,
	"channel" text NOT NULL,
	"kind" text NOT NULL,
	"data" jsonb NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "reminder_dedupe_key_unique" UNIQUE("dedupe_key"),
	CONSTRAINT "reminder_state_known" CHECK ("reminder"."state" IN ('waiting', 'sent', 'failed', 'cancelled')),
	CONSTRAINT "reminder_channel_known" CHECK ("reminder"."channel" IN ('in_app', 'email', 'webhook', 'sms'))
);
--> statement-breakpoint
CREATE TABLE "slot" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"institution_id" text NOT NULL,
	"service" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "slot_service_known" CHECK ("slot"."service" IN ('consult', 'outpatient', 'exam', 'surgery', 'reading')),
	CONSTRAINT "slot_state_known" CHECK ("slot"."state" IN ('open', 'withdrawn')),
	CONSTRAINT "slot_has_length" CHECK ("slot"."ends_at" > "slot"."starts_at")
);
--> statement-breakpoint
CREATE TABLE "webhook" (
	"id" text PRIMARY KEY NOT NULL,
	"institution_id" text NOT NULL,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "case_event" (
	"case_id" text NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"state" text NOT NULL,
	"data" jsonb NOT NULL,
	"actor_id" text,
	"actor_name" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "case_event_case_id_seq_pk" PRIMARY KEY("case_id","seq")
);
--> statement-breakpoint
CREATE TABLE "case_participant" (
	"case_id" text NOT NULL,
	"account_id" text NOT NULL,
	"function" text NOT NULL,
	"added_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "case_participant_case_id_account_id_function_pk" PRIMARY KEY("case_id","account_id","function"),
	CONSTRAINT "case_participant_function_known" CHECK ("case_participant"."function" IN ('local_doctor', 'specialist', 'clinic_doctor', 'pharmacist', 'sonographer', 'expert', 'operating_surgeon', 'proctor', 'anaesthetist', 'nurse', 'reader', 'second_reader', 'interpreter', 'observer'))
);
--> statement-breakpoint
CREATE TABLE "clinical_case" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"urgency" text NOT NULL,
	"patient_id" text NOT NULL,
	"institution_id" text NOT NULL,
	"guest_institution_id" text,
	"requested_by" text,
	"laterality" text,
	"data" jsonb NOT NULL,
	"room_id" text,
	"box_id" text,
	"due_at" timestamp (3) with time zone,
	"scheduled_at" timestamp (3) with time zone,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone,
	CONSTRAINT "case_kind_known" CHECK ("clinical_case"."kind" IN ('consult', 'outpatient', 'exam', 'surgery', 'reading')),
	CONSTRAINT "case_urgency_known" CHECK ("clinical_case"."urgency" IN ('routine', 'urgent', 'emergency')),
	CONSTRAINT "case_laterality_known" CHECK ("clinical_case"."laterality" IN ('left', 'right', 'both', 'none'))
);
--> statement-breakpoint
CREATE TABLE "department" (
	"id" text PRIMARY KEY NOT NULL,
	"institution_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "patient" (
	"id" text PRIMARY KEY NOT NULL,
	"institution_id" text NOT NULL,
	"name" text NOT NULL,
	"pinyin" text NOT NULL,
	"pinyin_initials" text NOT NULL,
	"sex" text NOT NULL,
	"birth_date" date,
	"id_kind" text NOT NULL,
	"id_masked" text,
	"id_digest" text,
	"phone" text,
	"guardian" jsonb,
	"merged_into" text,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "patient_sex_known" CHECK ("patient"."sex" IN ('female', 'male', 'unknown')),
	CONSTRAINT "patient_id_kind_known" CHECK ("patient"."id_kind" IN ('resident_id', 'passport', 'hk_macau_permit', 'taiwan_permit', 'birth_certificate', 'none'))
);
--> statement-breakpoint
CREATE TABLE "patient_merge" (
	"id" text PRIMARY KEY NOT NULL,
	"kept_id" text NOT NULL,
	"merged_id" text NOT NULL,
	"moved_case_ids" text[] NOT NULL,
	"merged_by" text NOT NULL,
	"merged_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"undone_by" text,
	"undone_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "practitioner" (
	"account_id" text PRIMARY KEY NOT NULL,
	"real_name" text NOT NULL,
	"licence_number" text,
	"title" text NOT NULL,
	"specialties" text[] NOT NULL,
	"department_id" text,
	"introduction" text,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "practitioner_specialties_known" CHECK ("practitioner"."specialties" <@ ARRAY['ultrasound', 'radiology', 'cardiology', 'respiratory', 'gastroenterology', 'neurology', 'endocrinology', 'nephrology', 'haematology', 'oncology', 'general_surgery', 'orthopaedics', 'urology', 'neurosurgery', 'thoracic_surgery', 'obstetrics_gynaecology', 'paediatrics', 'dermatology', 'ophthalmology', 'otolaryngology', 'stomatology', 'psychiatry', 'infectious_diseases', 'emergency', 'intensive_care', 'anaesthesiology', 'pathology', 'general_practice', 'traditional_chinese_medicine', 'rehabilitation']::text[])
);
--> statement-breakpoint
ALTER TABLE "session" DROP CONSTRAINT "session_of_one";--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "case_link_id" text;--> statement-breakpoint
ALTER TABLE "case_attachment" ADD CONSTRAINT "case_attachment_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_attachment_part" ADD CONSTRAINT "case_attachment_part_attachment_id_case_attachment_id_fk" FOREIGN KEY ("attachment_id") REFERENCES "public"."case_attachment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_document" ADD CONSTRAINT "case_document_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_document" ADD CONSTRAINT "case_document_final_by_account_id_fk" FOREIGN KEY ("final_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_link" ADD CONSTRAINT "case_link_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_link" ADD CONSTRAINT "case_link_patient_id_patient_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patient"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_link" ADD CONSTRAINT "case_link_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_model" ADD CONSTRAINT "ai_model_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_model" ADD CONSTRAINT "ai_model_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_suggestion" ADD CONSTRAINT "ai_suggestion_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_suggestion" ADD CONSTRAINT "ai_suggestion_model_id_ai_model_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."ai_model"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_suggestion" ADD CONSTRAINT "ai_suggestion_decided_by_account_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "questionnaire" ADD CONSTRAINT "questionnaire_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "questionnaire" ADD CONSTRAINT "questionnaire_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queue_entry" ADD CONSTRAINT "queue_entry_doctor_id_account_id_fk" FOREIGN KEY ("doctor_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointment" ADD CONSTRAINT "appointment_slot_id_slot_id_fk" FOREIGN KEY ("slot_id") REFERENCES "public"."slot"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointment" ADD CONSTRAINT "appointment_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointment" ADD CONSTRAINT "appointment_patient_id_patient_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patient"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contact_preference" ADD CONSTRAINT "contact_preference_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reminder" ADD CONSTRAINT "reminder_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "slot" ADD CONSTRAINT "slot_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "slot" ADD CONSTRAINT "slot_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_event" ADD CONSTRAINT "case_event_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_participant" ADD CONSTRAINT "case_participant_case_id_clinical_case_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."clinical_case"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_participant" ADD CONSTRAINT "case_participant_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinical_case" ADD CONSTRAINT "clinical_case_patient_id_patient_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patient"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinical_case" ADD CONSTRAINT "clinical_case_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinical_case" ADD CONSTRAINT "clinical_case_guest_institution_id_institution_id_fk" FOREIGN KEY ("guest_institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinical_case" ADD CONSTRAINT "clinical_case_requested_by_account_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinical_case" ADD CONSTRAINT "clinical_case_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clinical_case" ADD CONSTRAINT "clinical_case_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "department" ADD CONSTRAINT "department_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient" ADD CONSTRAINT "patient_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient" ADD CONSTRAINT "patient_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merge" ADD CONSTRAINT "patient_merge_kept_id_patient_id_fk" FOREIGN KEY ("kept_id") REFERENCES "public"."patient"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merge" ADD CONSTRAINT "patient_merge_merged_id_patient_id_fk" FOREIGN KEY ("merged_id") REFERENCES "public"."patient"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merge" ADD CONSTRAINT "patient_merge_merged_by_account_id_fk" FOREIGN KEY ("merged_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merge" ADD CONSTRAINT "patient_merge_undone_by_account_id_fk" FOREIGN KEY ("undone_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "practitioner" ADD CONSTRAINT "practitioner_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "practitioner" ADD CONSTRAINT "practitioner_department_id_department_id_fk" FOREIGN KEY ("department_id") REFERENCES "public"."department"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "case_attachment_case" ON "case_attachment" USING btree ("case_id","added_at");--> statement-breakpoint
CREATE UNIQUE INDEX "case_document_draft" ON "case_document" USING btree ("case_id","kind") WHERE "case_document"."state" = 'draft';--> statement-breakpoint
CREATE INDEX "case_link_case" ON "case_link" USING btree ("case_id");--> statement-breakpoint
CREATE INDEX "ai_model_institution" ON "ai_model" USING btree ("institution_id");--> statement-breakpoint
CREATE INDEX "ai_suggestion_case" ON "ai_suggestion" USING btree ("case_id","received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "questionnaire_version" ON "questionnaire" USING btree ("institution_id","key","version");--> statement-breakpoint
CREATE UNIQUE INDEX "questionnaire_published" ON "questionnaire" USING btree ("institution_id","key") WHERE "questionnaire"."state" = 'published';--> statement-breakpoint
CREATE INDEX "queue_entry_doctor" ON "queue_entry" USING btree ("doctor_id","state","rank");--> statement-breakpoint
CREATE INDEX "queue_entry_visits" ON "queue_entry" USING btree ("doctor_id","ended_at");--> statement-breakpoint
CREATE UNIQUE INDEX "queue_entry_called" ON "queue_entry" USING btree ("doctor_id") WHERE "queue_entry"."state" IN ('called', 'in_visit');--> statement-breakpoint
CREATE UNIQUE INDEX "appointment_slot" ON "appointment" USING btree ("slot_id") WHERE "appointment"."state" IN ('booked', 'kept');--> statement-breakpoint
CREATE UNIQUE INDEX "appointment_case" ON "appointment" USING btree ("case_id") WHERE "appointment"."state" = 'booked';--> statement-breakpoint
CREATE INDEX "appointment_patient" ON "appointment" USING btree ("patient_id","booked_at");--> statement-breakpoint
CREATE INDEX "notification_unread" ON "notification" USING btree ("account_id","created_at") WHERE "notification"."read_at" IS NULL;--> statement-breakpoint
CREATE INDEX "notification_account" ON "notification" USING btree ("account_id","created_at");--> statement-breakpoint
CREATE INDEX "reminder_due" ON "reminder" USING btree ("due_at") WHERE "reminder"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "reminder_case" ON "reminder" USING btree ("case_id");--> statement-breakpoint
CREATE INDEX "slot_open" ON "slot" USING btree ("institution_id","service","starts_at");--> statement-breakpoint
CREATE INDEX "slot_account" ON "slot" USING btree ("account_id","starts_at");--> statement-breakpoint
CREATE INDEX "webhook_institution" ON "webhook" USING btree ("institution_id");--> statement-breakpoint
CREATE INDEX "case_event_at" ON "case_event" USING btree ("at");--> statement-breakpoint
CREATE INDEX "case_participant_account" ON "case_participant" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "case_open" ON "clinical_case" USING btree ("kind","state","updated_at") WHERE "clinical_case"."closed_at" IS NULL;--> statement-breakpoint
CREATE INDEX "case_institution" ON "clinical_case" USING btree ("institution_id","kind","updated_at");--> statement-breakpoint
CREATE INDEX "case_guest" ON "clinical_case" USING btree ("guest_institution_id","kind","updated_at");--> statement-breakpoint
CREATE INDEX "case_patient" ON "clinical_case" USING btree ("patient_id","created_at");--> statement-breakpoint
CREATE INDEX "case_due" ON "clinical_case" USING btree ("due_at") WHERE "clinical_case"."closed_at" IS NULL AND "clinical_case"."due_at" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "case_room" ON "clinical_case" USING btree ("room_id");--> statement-breakpoint
CREATE UNIQUE INDEX "department_name" ON "department" USING btree ("institution_id","name");--> statement-breakpoint
CREATE INDEX "patient_name" ON "patient" USING btree ("institution_id","name" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "patient_pinyin" ON "patient" USING btree ("institution_id","pinyin" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "patient_initials" ON "patient" USING btree ("institution_id","pinyin_initials" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "patient_id_digest" ON "patient" USING btree ("institution_id","id_digest");--> statement-breakpoint
CREATE INDEX "patient_phone" ON "patient" USING btree ("institution_id","phone");--> statement-breakpoint
CREATE INDEX "patient_recent" ON "patient" USING btree ("institution_id","updated_at");--> statement-breakpoint
CREATE UNIQUE INDEX "patient_merge_standing" ON "patient_merge" USING btree ("merged_id") WHERE "patient_merge"."undone_at" IS NULL;--> statement-breakpoint
CREATE INDEX "patient_merge_kept" ON "patient_merge" USING btree ("kept_id");--> statement-breakpoint
CREATE INDEX "practitioner_specialties" ON "practitioner" USING gin ("specialties");--> statement-breakpoint
CREATE INDEX "session_case_link" ON "session" USING btree ("case_link_id");--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_of_one" CHECK (num_nonnulls("session"."account_id", "session"."invitation_id", "session"."case_link_id") = 1);--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_case_link_id_case_link_id_fk" FOREIGN KEY ("case_link_id") REFERENCES "public"."case_link"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS btree_gist;--> statement-breakpoint
ALTER TABLE "slot" ADD CONSTRAINT "slot_no_overlap" EXCLUDE USING gist ("account_id" WITH =, tstzrange("starts_at", "ends_at") WITH &&) WHERE ("state" = 'open');
