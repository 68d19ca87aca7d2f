with

source as (

    select * from {{ source('raw', 'telegram__posts') }}

),

renamed as (

    select
        -- ids
        update_id,
        account_id,
        coalesce(post_chat_id, edit_chat_id, reaction_chat_id, member_chat_id) as chat_id,
        coalesce(post_message_id, edit_message_id, reaction_message_id) as message_id,

        -- dimensions
        case
            when post_message_id is not null then 'posted'
            when edit_message_id is not null then 'edited'
            when reaction_message_id is not null then 'reactions_counted'
            when member_at is not null then 'member_changed'
            else 'unknown'
        end as update_kind,
        coalesce(post_text, post_caption, edit_text) as body,
        reactions,
        member_before,
        member_after,
        invite_link,
        invite_link_name,

        -- times
        coalesce(posted_at, edited_at, reactions_at, member_at) as occurred_at

    from source

)

select * from renamed
