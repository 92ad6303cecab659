CREATE TABLE "box_call" (
	"id" text PRIMARY KEY NOT NULL,
	"box_id" text NOT NULL,
	"reason" text,
	"state" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone,
	"settled_by" text,
	"room_id" text,
	CONSTRAINT "box_call_state_known" CHECK ("box_call"."state" IN ('open', 'answered', 'cancelled', 'declined'))
);
--> statement-breakpoint
ALTER TABLE "box_call" ADD CONSTRAINT "box_call_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_call" ADD CONSTRAINT "box_call_settled_by_account_id_fk" FOREIGN KEY ("settled_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_call" ADD CONSTRAINT "box_call_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "box_call_open" ON "box_call" USING btree ("box_id") WHERE "box_call"."state" = 'open';--> statement-breakpoint
CREATE INDEX "box_call_box" ON "box_call" USING btree ("box_id","created_at");