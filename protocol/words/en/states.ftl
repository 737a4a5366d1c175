# Statuses and marks that follow from what was said; codes that Otor itself knows; what becomes of an edit.

status-accepted = accepted
    .mediation = taken up
status-acknowledged = acknowledged
status-agreed = agreed
status-approved = approved
status-archived = archived
status-arrived = arrived
status-assigned = assigned
status-away = away
status-blown = blown
status-called = called
status-called_back = called back
status-called_off = called off
status-cancelled = cancelled
status-check = to be checked
status-claimed = claimed
status-closed = closed
status-confirmed = confirmed
status-current = current
status-deceased = deceased
status-declined = declined
status-delivered = delivered
    .wish = fulfilled
status-done = done
status-draft = draft
status-ended = ended
status-erased = erased
status-expired = expired
status-failed = failed
status-found = found
status-fulfilled = fulfilled
status-handling = being handled
status-in_session = in session
status-issued = issued
status-lapsed = lapsed
status-moved = moved
status-moved_out = moved out
status-occupied = occupied
status-open = open
status-ordered = removal ordered
status-planned = planned
status-published = published
status-raised = raised
status-rectified = rectified
status-refused = refused
status-removed = removed
status-reported = reported
status-reported_in = reported in
status-retracted = retracted
status-solved = solved
status-solving = being solved
status-stood_down = stood down
status-submitted = submitted
status-transferred = transferred
status-unreachable = unreachable
status-vacant = vacant
status-verified = verified
status-withdrawn = withdrawn

# What somebody should look at.

mark-after_closing = something added after the closing
mark-assignee_silent = assignee's phone silent
mark-care_late = visited late
mark-care_overdue = visit overdue
mark-claimed_after_lapse = claimed after it had lapsed
mark-closed_before_whistle = closed before the departments were done
mark-consent_missing = consent missing
mark-done_by_former_assignee = done by a former assignee
mark-done_late = done late
mark-double_work = done twice
mark-evidence_after_cancel = done though cancelled
mark-in_time = in time
mark-late = late
mark-late_event = event came late
mark-lead_gave_up = lead gave up
mark-newer_text = newer text
mark-overdue = overdue
mark-refused_off_list = refused: not on the list of duties
mark-removal_not_seen_by_all = removal not seen by all
mark-reopen_requested = asked to reopen
mark-supervised = supervised
mark-supervision_overdue = answer to supervision overdue
mark-threshold_met = threshold met
mark-time_up = time is up
mark-two_closings = two different closings
mark-two_endings = two different endings
mark-unhappy = caller unhappy
mark-verified_by_rectifier = verified by who rectified it
mark-whistled = departments called

# Codes that Otor knows, by the field that holds them; a deployment's own show as they are.

code-about-person = a person
code-category-case = small case
code-category-contradiction = small contradiction
code-category-dispute = small dispute
code-category-hazard = small hazard
code-category-matter = small matter
code-channel-appeal = appeal
code-channel-four_micro = four micros
code-channel-hotline = hotline 12345
code-channel-mailbox = red mailbox
code-channel-online_chain = online chain
code-channel-snapshot = snapshot
code-channel-visit = door visit
code-engagement-full_time = full-time
code-engagement-part_time = part-time
code-engagement-service = bought service
code-engagement-volunteer = volunteer
code-reason-off_list = not on the list of duties
code-reason-plain = no longer needed
code-reason-safety = for safety
code-reason-wrong_target = wrong target
code-result-aware = aware
code-result-neutral = neutral
code-result-satisfied = satisfied
code-result-unaware = unaware
code-result-unhappy = unhappy
code-role_hat-errands = errands
code-role_hat-information = information
code-role_hat-law = law publicity
code-role_hat-mediation = mediation
code-role_hat-patrol = patrol
code-role_hat-sanitation = sanitation
code-service_mode-direct = direct
code-service_mode-helped = helped
code-service_mode-proxy = by proxy
code-topic-policy = awareness of a policy
code-topic-satisfaction = satisfaction
code-type-checkpoint = checkpoint
code-type-committee = specialist committee
code-type-consultation = consultation
code-type-emergency = emergency
code-type-family = family
code-type-grid_team = team of a grid
code-type-legal = legal advice
code-type-lesson = lesson
code-type-medical = medical
code-type-micro_organisation = micro-organisation
code-type-patrol_team = patrol team
code-type-property = property
code-type-service = service
code-type-traffic = traffic
code-type-volunteer = volunteer service
code-zone-banner = banner (two hours)
code-zone-centre = centre (one hour)
code-zone-whole = whole area (three hours)
code-published-yes = yes

# A department's part in a whistle.

slot-arrived = on the spot
slot-called = called
slot-excused = excused
slot-replied = has answered

# Levels, and how areas end.

level-auditor = auditor
level-banner = banner
level-city = city
level-community = community
level-county = county
level-desk = desk
level-district = district
level-gacha = gacha
level-grid = grid
level-league = league
level-micro-grid = micro-grid
level-street = street
level-sumu = sumu
level-town = town
level-township = township
level-village = village

ending-closed = closed
ending-merged = merged
ending-moved = moved
ending-split = split

# What a row says of its record.

row-erased = erased
row-left = left
row-live = live

# What became of an edit, as the phone's tray and the centre's lists say it.

edit-accepted = accepted
edit-merged = at the centre
edit-merged_with_conflict = at the centre, in conflict
edit-parked = waits for its record
edit-quarantined = kept aside
edit-unsent = only on this phone

# Why an edit is kept aside; in full for the worker.

reason-bad_value = value does not fit
    .full = A value does not fit the field “{ $field }”.
reason-behind_another = behind another
    .full = An earlier edit of the same record by the same phone is kept aside.
reason-device_revoked = phone revoked
    .full = The phone had been revoked.
reason-no_such_record = no such record
    .full = There is no such record, and none will come.
reason-not_authorised = not allowed
    .full = Its author may not do this.
reason-nothing_to_release = nothing to release
    .full = Nothing is kept aside under that number.
reason-out_of_area = out of area
    .full = Its author did not answer for the area when it was written.
reason-record_full = record full
    .full = The record would grow beyond its bound.
reason-set_once = set only once
    .full = The field “{ $field }” is set once, when the record is created.
reason-too_many = too many parts
    .full = It has more parts than one edit may have.
reason-twice = changed twice
    .full = The field “{ $field }” is changed twice.
reason-unknown_area = unknown area
    .full = There is no such area.
reason-unknown_kind = unknown kind
    .full = There is no such kind of record.
reason-unprintable = cannot be shown
    .full = A text of the field “{ $field }” has characters that cannot be shown or exported.
reason-unreadable = unreadable
    .full = Its bytes could not be read, or are more than one edit may have.
reason-waiting = waits
    .full = It waits for what it refers to, which has not come yet.
reason-wrong_author = wrong author
    .full = Its author is not the phone's owner.
reason-wrong_lane = wrong stream
    .full = It came through the stream of another urgency than its record's.
reason-wrong_rule = wrong way of writing
    .full = The field “{ $field }” cannot be written in that way.
