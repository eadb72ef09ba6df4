//! The pages of the group K-means as a lecturer works them: by label and key, at most three actions from the start.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use quantscope::app::{App, Options};

use crate::{scheme, window};

fn start(page: &'static str, setting: &str) -> Harness<'static, App> {
    let options = Options { page: Some(page), setting: Some(setting.to_owned()), ..Options::default() };
    window(options)
}

fn press(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run();
}

fn last_action(harness: &Harness<'_, App>) -> String {
    harness.state().session().last_action.clone()
}

mod codebook {
    use super::*;

    #[test]
    fn the_worked_example_stands_there_in_full() {
        let harness = start("codebook", "kmeans:bits=2,init=linear");
        harness.get_by_label("Index, 4 × 4: 3 0 2 1; 1 1 0 3; 0 3 1 0; 3 1 2 2");
        harness.get_by_label("Codebook, 3: 2.00, 2: 1.50, 1: 0.00, 0: −1.00");
        harness.get_by_label_contains("Reconstruction, 4 × 4: 2.00 −1.00 1.50 0;");
        harness.get_by_label_contains("Error, 4 × 4: 0.09 0.02 −0.02 0.09;");
        harness.get_by_label("Number line of 16 weights, 4 centroids: −1.00, 0.00, 1.50, 2.00");
        harness.get_by_label("Bytes: float32 64 B, packed 20 B, 3.2× smaller");
        harness.get_by_label_contains("global optimum reached");
    }

    #[test]
    fn one_step_at_a_time_and_back() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        press(&mut harness, "Reset");
        assert_eq!(last_action(&harness), "Start: 4 centroids placed, SSE 0.7758");
        press(&mut harness, "Assign");
        press(&mut harness, "Update");
        let said = "Update: each centroid moves to the mean of its weights, SSE 0.7758 → 0.0932";
        assert_eq!(last_action(&harness), said);
        press(&mut harness, "Back");
        harness.get_by_role_and_label(Role::Button, "Update");
        press(&mut harness, "Run");
        assert_eq!(last_action(&harness), "Update: nothing moves, the end at SSE 0.0932");
    }

    #[test]
    fn keys_step_back_run_reset_and_start_anew() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        for (key, expected) in [
            (Key::H, "Start: 4 centroids placed"),
            (Key::S, "Assign: "),
            (Key::S, "Update: each centroid moves"),
            (Key::B, "Assign: "),
            (Key::G, "Update: nothing moves"),
            (Key::W, "Start: random weights, seed 0"),
            (Key::W, "Start: random weights, seed 1"),
        ] {
            harness.key_press(key);
            harness.run();
            assert!(last_action(&harness).starts_with(expected), "{key:?}: {}", last_action(&harness));
        }
    }

    #[test]
    fn the_local_optimum_is_one_click_away() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        press(&mut harness, "Random start that is stuck at SSE 2.2713");
        assert_eq!(scheme(&harness), "kmeans:bits=2,init=forgy,seed=12");
        harness.get_by_label_contains("stuck at SSE 2.2713, global optimum 0.0932");
    }

    #[test]
    fn a_weight_over_the_middle_gets_another_index() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        // The middle of 1.5 and 2.0 is 1.75: the first weight is at 2.09.
        let field = harness.get_by_label("Weight");
        field.focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        harness.get_by_label("Weight").type_text("1.7");
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(last_action(&harness), "Weight 2.09 → 1.70, index 3 → 2");
        harness.get_by_label("Index, 4 × 4: 2 0 2 1; 1 1 0 3; 0 3 1 0; 3 1 2 2");
        press(&mut harness, "Restore");
        harness.get_by_label("Index, 4 × 4: 3 0 2 1; 1 1 0 3; 0 3 1 0; 3 1 2 2");
    }

    #[test]
    fn a_centroid_moves_by_keys_and_undo_takes_it_back() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        harness.get_by_role_and_label(Role::Slider, "Centroid 1").focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert_eq!(last_action(&harness), "Centroid 1: 0 → 0.02");
        harness.get_by_label("Number line of 16 weights, 4 centroids: −1.00, 0.02, 1.50, 2.00");
        press(&mut harness, "Assign");
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
        harness.run();
        harness.get_by_label("Number line of 16 weights, 4 centroids: −1.00, 0.00, 1.50, 2.00");
    }

    #[test]
    fn dragging_a_centroid_is_one_undo_step() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        let from = harness.get_by_role_and_label(Role::Slider, "Centroid 1").rect().center();
        harness.drag_at(from);
        harness.run();
        for step in 1..=5 {
            harness.hover_at(from + egui::vec2(8.0 * step as f32, 0.0));
            harness.run();
        }
        harness.drop_at(from + egui::vec2(40.0, 0.0));
        harness.run();
        assert!(last_action(&harness).starts_with("Centroid 1: "), "{}", last_action(&harness));
        assert!(harness.query_by_label_contains("4 centroids: −1.00, 0.00,").is_none(), "it has moved");
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
        harness.run();
        harness.get_by_label_contains("4 centroids: −1.00, 0.00,");
    }

    #[test]
    fn the_number_of_centroids_goes_from_1_to_8() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        harness.get_by_role_and_label(Role::RadioButton, "k").click();
        harness.run();
        for (k, sse) in
            [(1, "22.3276"), (2, "2.7440"), (3, "0.5218"), (4, "0.0932"), (5, "0.0491"), (6, "0.0246"), (8, "0.0076")]
        {
            harness.get_by_label(&format!("k = {k}: {sse}"));
        }
        press(&mut harness, "k = 3: 0.5218");
        assert_eq!(scheme(&harness), "kmeans:k=3,init=linear");
        press(&mut harness, "k = 1: 22.3276");
        harness.get_by_label_contains("16 weights, 1 centroids");
        harness.get_by_role_and_label(Role::Slider, "Number of centroids").focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert_eq!(scheme(&harness), "kmeans:bits=1,init=linear");
    }

    fn type_into(harness: &mut Harness<'_, App>, field: &str, text: &str) {
        harness.get_by_role_and_label(Role::TextInput, field).focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
    }

    #[test]
    fn any_number_of_centroids_is_typed() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        type_into(&mut harness, "Centroids", "5");
        assert_eq!(scheme(&harness), "kmeans:k=5,init=linear");
        harness.get_by_label_contains("16 weights, 5 centroids");
        type_into(&mut harness, "Centroids", "70000");
        assert_eq!(scheme(&harness), "kmeans:k=5,init=linear");
        harness.get_by_label_contains("a whole number from 1 to 65,536");
    }

    #[test]
    fn a_start_is_typed_by_hand() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        harness.get_by_role_and_label(Role::ComboBox, "Start").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItemRadio, "By hand").click();
        harness.run();
        assert_eq!(last_action(&harness), "Start: by hand");
        type_into(&mut harness, "Centroids at the start", "2 -1 0");
        assert_eq!(last_action(&harness), "Centroids start at −1 0 2");
        harness.get_by_label_contains("16 weights, 3 centroids: −1.00, 0.00, 2.00");
        press(&mut harness, "Assign");
    }

    #[test]
    fn four_bits_on_sixteen_weights_are_larger() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        harness.key_press(Key::Num4);
        harness.run();
        harness.get_by_label_contains("packed 72 B, 1.12× larger");
        harness.get_by_role_and_label(Role::RadioButton, "Any size").click();
        harness.run();
        harness.get_by_label("72 B instead of 64 B: 0.889×, larger");
        harness.get_by_label_contains("Ratio by number of weights");
    }

    #[test]
    fn each_row_has_a_codebook_of_its_own() {
        let mut harness = start("codebook", "kmeans:bits=1,init=linear,per=channel");
        harness.get_by_label("Index, 1 × 4: 1 0 1 0");
        harness.get_by_label_contains("channel 0 of 0 … 3");
        harness.get_by_label_contains("Number line of 4 weights, 2 centroids");
        harness.get_by_label("Channel").focus();
        harness.run();
        harness.key_press(Key::ArrowUp);
        harness.run();
        assert_eq!(last_action(&harness), "Channel 0 → 1");
        harness.get_by_label("Index, 1 × 4: 0 0 0 1");
        harness.get_by_role_and_label(Role::ComboBox, "Per").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItemRadio, "Tensor").click();
        harness.run();
        assert_eq!(scheme(&harness), "kmeans:bits=1,init=linear");
        harness.get_by_label_contains("Index, 4 × 4: ");
    }

    #[test]
    fn where_random_starts_end() {
        let mut harness = start("codebook", "kmeans:bits=2,init=linear");
        harness.get_by_role_and_label(Role::RadioButton, "Starts").click();
        harness.run();
        let optimum = harness.get_by_label_contains("0.0932, optimum: ");
        let share = optimum.accesskit_node().label().unwrap_or_default();
        assert!(share.ends_with(" %"), "{share}");
        harness.get_by_label_contains("2.2713: ");
        harness.get_by_label_contains("2.3141: ");
    }

    #[test]
    fn a_chip_text_of_another_kind_is_refused() {
        use quantscope::app::pages;
        let mut setup = quantscope::app::setup::Setup::new("kmeans:bits=2".parse().unwrap());
        let link = pages::link("codebook");
        assert!(link.set(&mut setup, "linear:bits=2").unwrap_err().contains("start with kmeans"));
        assert!(link.set(&mut setup, "kmeans:bits=3,init=forgy,seed=2").is_ok());
        assert_eq!((link.get(&setup), link.bits(&setup)), ("kmeans:bits=3,init=forgy,seed=2".to_owned(), Some(3)));
    }
}

mod fine_tune {
    use super::*;

    #[test]
    fn the_slides_centroids_move() {
        let harness = start("fine-tune", "kmeans:bits=2");
        harness.get_by_label("Centroid 3 at 2.00; gradients −0.03 0.12 0.02 −0.07; sum 0.04; moved to 1.96");
        harness.get_by_label("Centroid 2 at 1.50; gradients 0.03 0.01 −0.02; sum 0.02; moved to 1.48");
        harness.get_by_label("Centroid 1 at 0.00; gradients 0.02 −0.01 0.01 0.04 −0.02; sum 0.04; moved to −0.04");
        harness.get_by_label("Centroid 0 at −1.00; gradients −0.01 −0.02 −0.01 0.01; sum −0.03; moved to −0.97");
    }

    #[test]
    fn the_mean_is_smaller_and_steps_come_one_by_one() {
        let mut harness = start("fine-tune", "kmeans:bits=2");
        harness.get_by_role_and_label(Role::RadioButton, "Mean").click();
        harness.run();
        harness.get_by_label_contains("Centroid 3 at 2.00; gradients −0.03 0.12 0.02 −0.07; mean 0.01;");
        harness.get_by_label_contains("mean 0.0067;");
        press(&mut harness, "Reset");
        harness.get_by_label("Centroid 3 at 2.00");
        for step in ["Group", "Reduce", "Scale", "Move"] {
            press(&mut harness, step);
        }
        assert!(
            last_action(&harness).starts_with("Move: the centroids are now 1.99, 1.49"),
            "{}",
            last_action(&harness)
        );
    }
}

mod huffman {
    use super::*;

    #[test]
    fn alexnets_last_layer_comes_to_four_bits() {
        let harness = start("huffman", "kmeans:bits=2");
        for tile in ["Fixed length 5 bit", "Entropy 3.9593 bit", "Huffman 3.9972 bit", "Saved 20.1 %"] {
            harness.get_by_label(tile);
        }
        harness.get_by_label("Huffman tree of 32 indices, 31 of 31 merges, longest code 13 bit");
    }

    #[test]
    fn the_four_by_four_gains_nothing_and_merges_in_three_steps() {
        let mut harness = start("huffman", "kmeans:bits=2");
        harness.get_by_role_and_label(Role::RadioButton, "Lecture 4×4").click();
        harness.run();
        harness.get_by_label("Huffman 2.0000 bit");
        harness.get_by_label("Saved 0.0 %");
        press(&mut harness, "Reset");
        press(&mut harness, "Merge");
        assert_eq!(last_action(&harness), "Merge 1 of 3: the two rarest become one");
    }

    #[test]
    fn a_flipped_bit_throws_decoding_out_of_step() {
        let mut harness = start("huffman", "kmeans:bits=2");
        harness.get_by_label_contains("click a bit to flip it");
        harness.get_by_label("Bit 0: 0").click();
        harness.run();
        harness.get_by_label_contains("One bit flipped: ");
        harness.get_by_label("Bit 0: 1").click();
        harness.run();
        harness.get_by_label_contains("click a bit to flip it");
    }

    #[test]
    fn the_current_tensor_takes_its_place() {
        let mut harness = start("huffman", "kmeans:bits=2");
        harness.get_by_role_and_label(Role::RadioButton, "Current tensor").click();
        harness.run();
        harness.get_by_label("Entropy 1.9772 bit");
    }
}

mod storage {
    use super::*;

    #[test]
    fn the_threshold_moves_by_keys_and_the_ledger_follows() {
        let mut harness = start("pruning", "prune:threshold=0.5|kmeans:bits=2,zero=pinned|sparse:index=2");
        // Five of the sixteen weights lie within ±0.5.
        harness.get_by_label("Kept 68.8 %");
        harness.get_by_label_contains("Steps: 1, 1, 1, ");
        harness.get_by_role_and_label(Role::Slider, "Threshold").focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert!(last_action(&harness).starts_with("Prune below 0.5"), "{}", last_action(&harness));
    }

    #[test]
    fn what_is_kept_is_shown_alone_and_the_codebook_counts() {
        let mut harness = start("pruning", "prune:threshold=0.5|kmeans:bits=2,zero=pinned|sparse:index=2");
        // Eleven weights of 2 bits with 2 bits of step, four centroids of 32 bits, and the last byte filled up: 22 B of 64.
        harness.get_by_label("Smaller than float32 2.91 ×");
        harness.get_by_role_and_label(Role::RadioButton, "Kept").click();
        harness.run();
        harness.get_by_label_contains("Weights that are kept");
        harness.get_by_role_and_label(Role::RadioButton, "float32").click();
        harness.run();
        harness.get_by_label("Smaller than float32 1.37 ×");
    }

    #[test]
    fn every_stage_tells_its_bytes() {
        let harness = start("pipeline", "prune:share=0.25|kmeans:bits=2,zero=pinned|sparse:index=2|huffman");
        harness.get_by_label_contains("Float32: 64 B, 1.00× smaller");
        harness.get_by_label_contains("Prune: ");
        harness.get_by_label_contains("Quantize: ");
        harness.get_by_label_contains("Huffman: ");
        harness.get_by_label("ip1, 235K, 8 %, 6 → 4.4, 5 → 3.7, 3.1 → 2.32 %");
    }

    #[test]
    fn a_plain_scheme_gets_the_recipe_around_it() {
        use quantscope::app::pages;
        let setup = quantscope::app::setup::Setup::new("kmeans:bits=4".parse().unwrap());
        let text = pages::link("pipeline").get(&setup);
        assert_eq!(text, "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4|huffman");
        assert_eq!(pages::link("pruning").get(&setup), "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4");
    }

    #[test]
    fn decoding_keeps_the_multiplications() {
        let mut harness = start("decode", "kmeans:bits=2");
        for tile in ["Lookups 16", "Float MACs 16", "Weights read 20 B", "Less to read 3.20 ×"] {
            harness.get_by_label(tile);
        }
        harness.get_by_label("Outputs y, 4 × 1: −1.50; 2.00; 2.50; 1.25");
        harness.get_by_label("Read, codebook: 20 B");
        harness.get_by_label("Compute, codebook: 16 float MACs");
        press(&mut harness, "Reset");
        press(&mut harness, "Decode");
        assert_eq!(last_action(&harness), "Index 3 → 2.00 × 1 = 2");
    }

    #[test]
    fn a_real_tensor_decodes_its_corner() {
        let mut harness = start("decode", "kmeans:bits=4");
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::P);
        harness.run();
        harness.get_by_label("Find a command").type_text("Pruned weights as relative");
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        harness.get_by_label("Decode").click();
        harness.run();
        harness.get_by_label_contains("Decoded weights, 8 × 8: ");
        harness.get_by_label_contains("Outputs y, 8 × 1: ");
        harness.get_by_label_contains("upper left corner of ");
    }
}
